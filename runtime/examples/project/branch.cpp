// branch.cpp - two futures of one stream: a state is cloned, and saved for
// later.
//
//   ./branch langid.so saved.state
//
// The model here takes a byte and gives probabilities; see ../langid.
#include <seqc/seqc.hpp>

#include <cstdio>
#include <string>
#include <vector>

/// Reads `text` on from `state` and returns how likely language `index` is.
static float read(seqc::Session &session, seqc::State &state,
                  const std::string &text, size_t index) {
  std::vector<int64_t> bytes;
  for (unsigned char byte : text)
    bytes.push_back(byte);
  std::vector<float> out(15 * bytes.size());
  session.run(static_cast<int64_t>(bytes.size()), {bytes.data()}, state,
              {out.data()});
  return out[out.size() - 15 + index];
}

int main(int argc, char **argv) try {
  if (argc != 3)
    return 2;
  seqc::Package package(argv[1]);     // shared by all threads
  seqc::Session session(package, {}); // one for each thread
  seqc::State state(package, {});     // one for each stream
  read(session, state, "die ", 0);
  state.save(argv[2]);
  seqc::State other = state.clone();
  std::printf("German %.2f\n", read(session, state, "Katze schläft ein.", 1));
  std::printf("English %.2f\n",
              read(session, other, "hard is a film with Bruce Willis.", 0));
  seqc::State later = seqc::State::load(package, argv[2]);
  std::printf("later %.2f\n", read(session, later, "Katze schläft ein.", 1));
} catch (const seqc::Error &error) {
  std::fprintf(stderr, "branch: %s\n", error.what());
  return 1;
}
