// Ranks over MPI (MPI 3.1: Open MPI, MPICH, Intel MPI): the only file that knows it. Nothing is
// added up here, because MPI does not say in which order it adds.
#include <mpi.h>
#include <sched.h>

#include <chrono>
#include <cstdlib>
#include <exception>

#include <sonant/core/error.h>
#include <sonant/core/numbers.h>
#include <sonant/train/cluster/communicator.h>

namespace sonant {
namespace {

constexpr const char* kAt = "MPI";
using Clock = std::chrono::steady_clock;

void checked(int status) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(status, text, &length);
  fail(kAt, std::string(text, static_cast<std::size_t>(length)));
}

// How long ranks may keep each other waiting: one that is gone or hangs would hold up the others
// for ever where the launcher does not end them.
double patience() {
  const char* text = std::getenv("SONANT_RANKS_TIMEOUT");
  if (text == nullptr) return 600;
  const auto seconds = parse_number<double>(text);
  check(seconds && *seconds > 0, kAt, "expects SONANT_RANKS_TIMEOUT to be seconds above 0, got ",
        text);
  return *seconds;
}

std::vector<int> places(std::span<const int> counts) {
  std::vector<int> begins;
  int begin = 0;
  for (const int count : counts) {
    begins.push_back(begin);
    begin += count;
  }
  return begins;
}

class MpiCommunicator : public Communicator {
 public:
  MpiCommunicator() : patience_(patience()) {
    int provided = 0;
    checked(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided));
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    checked(MPI_Comm_rank(MPI_COMM_WORLD, &rank_));
    checked(MPI_Comm_size(MPI_COMM_WORLD, &size_));
    check(provided >= MPI_THREAD_FUNNELED, kAt, "this one does not allow other threads");
  }
  ~MpiCommunicator() override { MPI_Finalize(); }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void gather(std::span<const double> mine, std::span<const int> counts,
              std::span<double> all) override {
    const std::vector<int> begins = places(counts);
    MPI_Request request;
    checked(MPI_Iallgatherv(mine.data(), static_cast<int>(mine.size()), MPI_DOUBLE, all.data(),
                            counts.data(), begins.data(), MPI_DOUBLE, MPI_COMM_WORLD, &request));
    finish({&request, 1});
  }

  void swap(int partner, std::span<const float> mine, std::span<float> theirs) override {
    MPI_Request requests[2];
    checked(MPI_Irecv(theirs.data(), static_cast<int>(theirs.size()), MPI_FLOAT, partner, 0,
                      MPI_COMM_WORLD, &requests[0]));
    checked(MPI_Isend(mine.data(), static_cast<int>(mine.size()), MPI_FLOAT, partner, 0,
                      MPI_COMM_WORLD, &requests[1]));
    finish(requests);
  }

  void deal(std::span<const float> mine, std::span<const int> send, std::span<float> theirs,
            std::span<const int> receive) override {
    const std::vector<int> from = places(send), to = places(receive);
    MPI_Request request;
    checked(MPI_Ialltoallv(mine.data(), send.data(), from.data(), MPI_FLOAT, theirs.data(),
                           receive.data(), to.data(), MPI_FLOAT, MPI_COMM_WORLD, &request));
    finish({&request, 1});
  }

  void collect(std::span<float> all, std::span<const int> counts) override {
    const std::vector<int> begins = places(counts);
    MPI_Request request;
    checked(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all.data(), counts.data(),
                            begins.data(), MPI_FLOAT, MPI_COMM_WORLD, &request));
    finish({&request, 1});
  }

  void abort(int status) override {
    MPI_Abort(MPI_COMM_WORLD, status);
    std::abort();
  }

 private:
  // MPI's own waiting keeps the processor to itself, whoever else needs it to answer: here a rank
  // that has looked for a while lets others in between two looks.
  void finish(std::span<MPI_Request> requests) {
    const auto start = Clock::now();
    for (int looks = 0, done = 0;; ++looks) {
      checked(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done,
                          MPI_STATUSES_IGNORE));
      if (done) return;
      if (looks < 1000) continue;
      sched_yield();
      if (looks % 1000 != 0) continue;
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      check(seconds < patience_, kAt, "the other ranks have not answered for ", patience_,
            " s: one is gone or hangs; expected all of them to be started anew, with --resume");
    }
  }

  double patience_;
  int rank_ = 0, size_ = 1;
};

// "Open MPI v4.1.4, package: ..." -> "Open MPI v4.1.4"
std::string library_name() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  std::string name(text, static_cast<std::size_t>(length));
  name = name.substr(0, name.find_first_of(",\n"));
  for (char& c : name)
    if (c == '\t') c = ' ';
  return name;
}

std::unique_ptr<Communicator> join() { return std::make_unique<MpiCommunicator>(); }

}  // namespace

void use_mpi() { use_transport({library_name(), join}); }

}  // namespace sonant
