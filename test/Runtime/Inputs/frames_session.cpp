// Runs the model of frames.mlir by the runtime library.
#include "seqc/seqc.hpp"

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  seqc::Package package(argv[1]);
  std::vector<int64_t> dims = seqc::deriveDims(package, {23});
  seqc::Session session(package, dims);
  std::vector<float> x(23, 1), sums(dims[1]), twice(dims[2]), last(dims[3]),
      roots(dims[1]);
  session.run({x.data()},
              {sums.data(), twice.data(), last.data(), roots.data()});
  std::printf("%zu sums, the last %g, its root %g\n", sums.size(), sums.back(),
              roots.back());
  for (std::vector<int64_t> wrong :
       {std::vector<int64_t>{23, 11, 46, 10}, {23, 10, 46}, {1}})
    try {
      session.setDims(wrong.size() == 1 ? seqc::deriveDims(package, wrong)
                                        : wrong);
      return 1;
    } catch (const seqc::Error &error) {
      std::printf("%s\n", error.what());
    }
  return 0;
}
