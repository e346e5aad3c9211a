// Ranks: processes that train one model together, each with shards of every batch. docs/ranks.md.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

// Every rank makes the same calls in the same order, all from one thread. They return when the
// others' numbers are there. Error if the transport fails.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;  // R

  // What all ranks have, in their order: `all` begins with the counts[0] numbers of rank 0.
  virtual void gather(std::span<const double> mine, std::span<const int> counts,
                      std::span<double> all) = 0;
  // What `partner` has, who calls it with this rank and as many numbers.
  virtual void swap(int partner, std::span<const float> mine, std::span<float> theirs) = 0;
  // `mine` is send[0] numbers for rank 0, then send[1] for rank 1, ...; `theirs` becomes
  // receive[0] numbers of rank 0, ...
  virtual void deal(std::span<const float> mine, std::span<const int> send, std::span<float> theirs,
                    std::span<const int> receive) = 0;
  // `all` is counts[0] numbers that rank 0 has, then counts[1] that rank 1 has, ...; in the end
  // every rank has all of them.
  virtual void collect(std::span<float> all, std::span<const int> counts) = 0;
  // Ends the processes of all ranks.
  [[noreturn]] virtual void abort(int status) = 0;

  // By gather().
  std::vector<std::string> gather_text(std::string_view mine);  // [R]
  bool any(bool mine);
};

// Where the shards of rank r begin, r <= R; those of the last one end at S.
int first_shard(int shards, int ranks, int rank);

// What mpirun or srun has told this process in its environment; alone, if neither has.
struct Launch {
  int rank = 0, size = 1;
  std::string by = {};  // who has started it: "mpirun (Open MPI)"
};
Launch launch_of_environment();
// UsageError if so many ranks cannot share so many shards.
void check_launch(const Launch& launch, int shards);

// How ranks find and reach each other; a program has one, or none.
struct Transport {
  std::string name;  // "Open MPI 4.1.4"
  std::unique_ptr<Communicator> (*join)();
};
void use_transport(Transport transport);
std::string transport_name();  // "" if there is none
// Of the launched ranks, of whom there are several. Error, with what would help, if the program has
// no transport, or one that finds others than the launch has.
std::unique_ptr<Communicator> join_ranks(const Launch& launch);

// The transport of MPI, if the program was built with it; else nothing. Not in sonant::train: a
// program compiles mpi_communicator.cpp, or no_mpi.cpp, itself, as apps/CMakeLists.txt does.
void use_mpi();

}  // namespace sonant
