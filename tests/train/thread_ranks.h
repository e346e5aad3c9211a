// Ranks that are threads of one process: what Communicator asks for, without MPI.
#pragma once

#include <algorithm>
#include <barrier>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <sonant/train/cluster/communicator.h>

namespace sonant::test {

// Every call is a meeting of all ranks: each shows what it has, and takes what it is to get.
struct Meeting {
  explicit Meeting(int ranks)
      : doubles(static_cast<std::size_t>(ranks)),
        floats(doubles.size()),
        counts(doubles.size()),
        barrier(ranks) {}
  std::vector<std::span<const double>> doubles;
  std::vector<std::span<const float>> floats;
  std::vector<std::span<const int>> counts;
  std::barrier<> barrier;
};

class ThreadRank : public Communicator {
 public:
  ThreadRank(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(meeting_.doubles.size()); }
  ~ThreadRank() override { meeting_.barrier.arrive_and_drop(); }

  void gather(std::span<const double> mine, std::span<const int> counts,
              std::span<double> all) override {
    if (static_cast<int>(mine.size()) != counts[at(rank_)]) throw std::logic_error("counts");
    meet(meeting_.doubles, mine, [&] {
      auto to = all.begin();
      for (const auto& theirs : meeting_.doubles) to = std::ranges::copy(theirs, to).out;
      if (to != all.end()) throw std::logic_error("counts");
    });
  }
  void swap(int partner, std::span<const float> mine, std::span<float> theirs) override {
    meet(meeting_.floats, mine,
         [&] { std::ranges::copy(meeting_.floats[at(partner)], theirs.begin()); });
  }
  void deal(std::span<const float> mine, std::span<const int> send, std::span<float> theirs,
            std::span<const int> receive) override {
    meeting_.counts[at(rank_)] = send;
    meet(meeting_.floats, mine, [&] {
      auto to = theirs.begin();
      for (int r = 0; r < size(); ++r) {
        const float* from = meeting_.floats[at(r)].data();
        for (int k = 0; k < rank_; ++k) from += meeting_.counts[at(r)][at(k)];
        if (meeting_.counts[at(r)][at(rank_)] != receive[at(r)]) throw std::logic_error("counts");
        to = std::copy_n(from, receive[at(r)], to);
      }
    });
  }
  void collect(std::span<float> all, std::span<const int> counts) override {
    meet(meeting_.floats, all, [&] {
      std::ptrdiff_t begin = 0;
      for (int r = 0; r < size(); ++r) {
        const int count = counts[at(r)];
        if (r != rank_)
          std::copy_n(meeting_.floats[at(r)].data() + begin, count, all.data() + begin);
        begin += count;
      }
    });
  }
  void abort(int) override { throw std::logic_error("abort"); }

 private:
  static std::size_t at(int rank) { return static_cast<std::size_t>(rank); }
  template <class Spans, class Span, class Take>
  void meet(Spans& spans, Span mine, const Take& take) {
    spans[at(rank_)] = mine;
    meeting_.barrier.arrive_and_wait();
    take();
    meeting_.barrier.arrive_and_wait();
  }

  Meeting& meeting_;
  int rank_;
};

// body(its communicator) on a thread for each rank. Rethrows what rank 0, 1, ... threw.
inline void on_ranks(int ranks, const std::function<void(Communicator&)>& body) {
  Meeting meeting(ranks);
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(ranks));
  std::vector<std::jthread> threads;
  for (int r = 0; r < ranks; ++r)
    threads.emplace_back([&, r] {
      ThreadRank rank(meeting, r);
      try {
        body(rank);
      } catch (...) {
        errors[static_cast<std::size_t>(r)] = std::current_exception();
      }
    });
  threads.clear();
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace sonant::test
