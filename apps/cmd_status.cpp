// sonant status: how far the work in a folder is, and who does it.
#include <fmt/format.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/claims.h>
#include <sonant/train/experiment/folder_status.h>

#include <algorithm>
#include <memory>

#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::vector<std::filesystem::path> paths;
  ResultOptions result;
};

void print_status(const FolderStatus& s) {
  const std::string what(word_of(s.unit));
  print("{}: {} of {} done", printable(s.folder.native()), s.done,
        s.all > 0 ? count_of(s.all, what) : "an unknown number of " + what + "s");
  if (s.failed > 0) print(", {}", styled(fmt::format("{} failed", s.failed), "1;31", 1));
  print(", {} running in {}", count_of(s.running, s.unit == WorkUnit::shard ? "shard" : "training"),
        count_of(s.workers, "process", "processes"));
  if (s.seconds_left > 0) print(", about {} left", duration(s.seconds_left));
  print("\n");
  std::size_t width = 0;
  for (const JobStatus& job : s.jobs)
    if (job.state == JobState::running) width = std::max(width, job.job.size());
  for (const JobStatus& job : s.jobs)
    if (job.state == JobState::running)
      print("  {:<{}}  {}, heard {:.0f} s ago{}{}\n", printable(job.job), width,
            printable(job.worker), job.silent_seconds, job.progress.empty() ? "" : ", ",
            printable(job.progress));
  for (const JobStatus& job : s.jobs)
    if (job.failures > 0)
      print("  {}: failed {} of {} times: {}\n", printable(job.job), job.failures, kFailures,
            printable(job.error));
}

void run(const Options& options) {
  std::vector<FolderStatus> all;
  for (const auto& path : options.paths)
    for (FolderStatus& status : folder_status(path)) all.push_back(std::move(status));
  if (options.result.wanted() && options.result.write(to_json(all))) return;
  for (const FolderStatus& status : all) print_status(status);
}

}  // namespace

void add_status(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command = program.command(
      "status", "Tell how far sonant cv, tune or store is, and who is at work.",
      "Reads what lies in the folder, from any machine that sees it, and changes nothing.");
  command.example = "sonant status runs/h64\nsonant status h64.sqlite --json";
  command
      .option("RUN,--runs", options->paths,
              "Folders that sonant cv or sonant store writes, or studies")
      .called("RUN")
      .needed()
      .reads();
  options->result.add_to(command);
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
