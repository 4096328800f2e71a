/* identify.c - says which language a text is in, after every byte of it.
 *
 *   seqc compile langid.onnx -o langid --shape byte=1x1 --shape h=1x1x128 \
 *        --shape c=1x1x128 --state h=hN --state c=cN
 *   cc -std=c99 -I. identify.c ./langid.so -Wl,-rpath,. -o identify
 *   ./identify languages.txt "Quelle heure est-il ?"
 *
 * On a terminal the chart moves while the text is read, slowed down to be seen;
 * elsewhere there is a line for every word. The time is that of the model
 * alone. */
#define _POSIX_C_SOURCE 200809L
#include "langid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  LANGUAGES = 15,
  NAME_SIZE = 32,
  SHOWN = 5,
  BAR = 40,
  WORD = 18,
  LINE = 64
};

static char names[LANGUAGES][NAME_SIZE];

static int read_names(const char *path) {
  FILE *file = fopen(path, "r");
  int count = 0, excess;
  if (!file) {
    fprintf(stderr, "identify: cannot read '%s'\n", path);
    return 0;
  }
  while (count < LANGUAGES && fgets(names[count], NAME_SIZE, file)) {
    names[count][strcspn(names[count], "\n")] = '\0';
    ++count;
  }
  excess = fgetc(file) != EOF;
  fclose(file);
  if (count == LANGUAGES && !excess)
    return 1;
  fprintf(stderr, "identify: '%s': required %d languages, found %s\n", path,
          LANGUAGES, excess ? "more" : "fewer");
  return 0;
}

static void *allocate_aligned(size_t size) {
  char *memory = malloc(size + 63);
  return memory ? memory + (64 - (uintptr_t)memory % 64) % 64 : NULL;
}

/* Whether a character of UTF-8 ends before `next`, the byte that follows it. */
static int ends_character(char next) {
  return ((unsigned char)next & 0xC0) != 0x80;
}

static int count_characters(const char *text, size_t size) {
  int count = 0;
  size_t i;
  for (i = 0; i < size; ++i)
    count += ends_character(text[i]);
  return count;
}

/* The start of the last `limit` characters before `end`. */
static const char *last_characters(const char *text, const char *end,
                                   int limit) {
  while (end > text && limit > 0)
    limit -= ends_character(*--end);
  return end;
}

/* Prints text on one line: control characters would break the drawing. */
static void print_text(const char *text, const char *end) {
  for (; text < end; ++text)
    putchar((unsigned char)*text < ' ' ? ' ' : *text);
}

/* The bar that a probability has, in eighths of a character. */
static void draw_bar(float probability) {
  static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  int eighths = (int)(probability * (float)(BAR * 8) + 0.5f), i;
  for (i = 0; i < eighths / 8; ++i)
    fputs("█", stdout);
  fputs(parts[eighths % 8], stdout);
}

static int find_best(const float *probabilities, const char *taken) {
  int best = -1, i;
  for (i = 0; i < LANGUAGES; ++i)
    if (!taken[i] && (best < 0 || probabilities[i] > probabilities[best]))
      best = i;
  return best;
}

/* `clear` is written at the end of a line. */
static void draw_chart(const float *probabilities, const char *clear) {
  char taken[LANGUAGES] = {0};
  int rank;
  for (rank = 0; rank < SHOWN; ++rank) {
    int language = find_best(probabilities, taken);
    taken[language] = 1;
    printf("  %-12s %5.1f %%  ", names[language],
           100 * probabilities[language]);
    draw_bar(probabilities[language]);
    printf("%s\n", clear);
  }
}

/* On a terminal: the end of the text so far and the chart, drawn over the last.
 */
static void draw_live(const char *text, const char *end,
                      const float *probabilities, int first) {
  const struct timespec pause = {0, 15000000};
  const char *start = last_characters(text, end, LINE);
  if (!first)
    printf("\033[%dA", SHOWN + 1);
  fputs("  ", stdout);
  print_text(start, end);
  puts("\033[K");
  draw_chart(probabilities, "\033[K");
  fflush(stdout);
  nanosleep(&pause, NULL);
}

/* Elsewhere: a word and the language of the text up to it. */
static void print_word(const char *word, const char *end,
                       const float *probabilities) {
  const char taken[LANGUAGES] = {0};
  int language = find_best(probabilities, taken);
  const char *start = last_characters(word, end, WORD);
  fputs("  ", stdout);
  print_text(start, end);
  printf("%*s %-12s %5.1f %%  ",
         WORD - count_characters(start, (size_t)(end - start)), "",
         names[language], 100 * probabilities[language]);
  draw_bar(probabilities[language]);
  putchar('\n');
}

static double now_in_microseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare_times(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Streams the text and draws; `times` receives each step's microseconds. */
static int stream(const char *text, size_t size, void *workspace, void *state,
                  double *times) {
  const langid_context context = {sizeof context, NULL, workspace, NULL,
                                  NULL,           1,    0};
  float probabilities[LANGUAGES];
  const char *word = text, *last = text + size - 1, *at;
  int live = isatty(STDOUT_FILENO);
  for (at = text; at <= last; ++at) {
    int64_t byte = (unsigned char)*at;
    double start = now_in_microseconds();
    if (langid_step(&context, NULL, &byte, state, probabilities) != LANGID_OK)
      return 0;
    times[at - text] = now_in_microseconds() - start;
    if (live && ends_character(at[1])) {
      draw_live(text, at + 1, probabilities, word == text);
      word = at + 1;
    }
    if (!live && (*at == ' ' || at == last)) {
      if (at + (at == last) > word)
        print_word(word, at + (at == last), probabilities);
      word = at + 1;
    }
  }
  if (!live) {
    putchar('\n');
    draw_chart(probabilities, "");
  }
  return 1;
}

int main(int argc, char **argv) {
  size_t size = argc == 3 ? strlen(argv[2]) : 0;
  void *state, *workspace;
  double *times;
  if (size == 0) {
    fprintf(stderr, "usage: identify LANGUAGES.txt TEXT\n");
    return EXIT_FAILURE;
  }
  if (!read_names(argv[1]))
    return EXIT_FAILURE;
  state = allocate_aligned(langid_state_size(NULL));
  workspace = allocate_aligned(langid_workspace_size(NULL, 1));
  times = malloc(size * sizeof *times);
  if (!state || !workspace || !times)
    return EXIT_FAILURE;
  langid_state_reset(NULL, -1, state);
  if (!stream(argv[2], size, workspace, state, times)) {
    fprintf(stderr, "identify: the model refused a call\n");
    return EXIT_FAILURE;
  }
  qsort(times, size, sizeof *times, compare_times);
  printf("\n%zu bytes; the model took %.1f us a byte (median; 9 of 10 under "
         "%.1f us)\n",
         size, times[size / 2], times[size * 9 / 10]);
  return EXIT_SUCCESS;
}
