#include <sonant/train/cluster/communicator.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <optional>

#include <sonant/core/error.h>
#include <sonant/core/numbers.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "ranks";

std::optional<int> from_environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::nullopt : parse_number<int>(text);
}

std::optional<Transport>& transport() {
  static std::optional<Transport> its;
  return its;
}

std::string started(const Launch& launch) {
  return launch.by + " has started " + std::to_string(launch.size) + " ranks";
}

}  // namespace

std::vector<std::string> Communicator::gather_text(std::string_view mine) {
  const auto ranks = static_cast<std::size_t>(size());
  std::vector<double> lengths(ranks);
  const double length = static_cast<double>(mine.size());
  gather({&length, 1}, std::vector<int>(ranks, 1), lengths);
  std::vector<int> counts(lengths.begin(), lengths.end());
  std::size_t total = 0;
  for (const int count : counts) total += static_cast<std::size_t>(count);
  // A number for each letter: texts are short, and sent when little else is.
  const std::vector<double> letters(mine.begin(), mine.end());
  std::vector<double> all(total);
  gather(letters, counts, all);
  std::vector<std::string> texts;
  auto at = all.begin();
  for (const int count : counts) {
    std::string& text = texts.emplace_back();
    for (int k = 0; k < count; ++k) text += static_cast<char>(*at++);
  }
  return texts;
}

bool Communicator::any(bool mine) {
  const auto ranks = static_cast<std::size_t>(size());
  std::vector<double> all(ranks);
  const double one = mine ? 1 : 0;
  gather({&one, 1}, std::vector<int>(ranks, 1), all);
  for (const double its : all)
    if (its != 0) return true;
  return false;
}

int first_shard(int shards, int ranks, int rank) {
  return static_cast<int>(std::int64_t{shards} * rank / ranks);
}

Launch launch_of_environment() {
  struct Words {
    const char *rank, *size, *by;
  };
  static constexpr std::array known{
      Words{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "mpirun (Open MPI)"},
      Words{"PMI_RANK", "PMI_SIZE", "mpirun (PMI)"},
      Words{"PMIX_RANK", "SLURM_STEP_NUM_TASKS", "srun (PMIx)"}};
  for (const Words& words : known) {
    const auto rank = from_environment(words.rank), size = from_environment(words.size);
    if (rank && size && *rank >= 0 && *rank < *size) return {*rank, *size, words.by};
  }
  return {};
}

void check_launch(const Launch& launch, int shards) {
  const int tasks = from_environment("SLURM_STEP_NUM_TASKS").value_or(1);
  check_usage(launch.size > 1 || tasks == 1 || shards == 1, kAt, "srun has started ", tasks,
              " processes that cannot reach each other, and each would train all shards; expected ",
              "srun --mpi=pmix, or one process");
  if (launch.size <= shards || launch.size == 1) return;
  const auto enough = static_cast<int>(std::bit_ceil(static_cast<unsigned>(launch.size)));
  fail_usage(kAt, started(launch), ", and --shards ", shards, " has work for ", shards,
             "; expected --shards ", enough, ", ", 2 * enough,
             " or more (it changes the result, the number of ranks does not), or fewer ranks");
}

void use_transport(Transport its) { transport() = std::move(its); }
std::string transport_name() { return transport() ? transport()->name : ""; }

std::unique_ptr<Communicator> join_ranks(const Launch& launch) {
  check(transport().has_value(), kAt, started(launch),
        ", and this program was built without MPI; expected one that `sonant info` shows MPI of ",
        "(package libopenmpi-dev, then cmake -D SONANT_MPI=ON), or one process");
  auto ranks = transport()->join();
  check(ranks->size() == launch.size, kAt, started(launch), ", and ", transport()->name,
        ", which this program was built with, finds ", ranks->size(),
        "; expected the mpirun of that MPI, or srun --mpi=pmix");
  return ranks;
}

}  // namespace sonant
