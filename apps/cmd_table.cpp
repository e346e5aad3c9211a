// sonant table: the paper's results table from our experiments, beside the published figures.
#include <fmt/format.h>
#include <sonant/train/results_table.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"

namespace sonant::apps {
namespace {

struct Options {
  std::vector<std::filesystem::path> runs;
  TableFormat format = TableFormat::text;
  bool systems = true;
};

void run(const Options& options) {
  std::vector<std::filesystem::path> unfinished;
  const auto rows = read_results(options.runs, unfinished);
  for (const auto& run : unfinished)
    fmt::print(stderr, "left out: {}: not finished yet\n", run.native());
  fmt::print("{}", results_table(rows, options.format, options.systems));
  if (options.format == TableFormat::json) return;
  fmt::print(
      "\nUAR: of the pooled predictions of all folds, mean, population standard deviation and "
      "maximum\nover the seeds. difference: from the published mean, in published standard "
      "deviations.\nPublished figures are printed as published; none was measured here.\n");
}

}  // namespace

void add_table(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "table", "The results table from folders of sonant cv, beside the published figures.");
  command->add_option("--runs", options->runs, "Folders that sonant cv wrote")->required();
  command->get_option("--runs")->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option_function<std::string>(
          "--format",
          [options](const std::string& word) {
            options->format = word == "json"       ? TableFormat::json
                              : word == "markdown" ? TableFormat::markdown
                                                   : TableFormat::text;
          },
          "How the table is written")
      ->check(CLI::IsMember({"text", "markdown", "json"}))
      ->default_str("text");
  command->add_flag("--systems,!--no-systems", options->systems,
                    "The published figures of larger systems below (default), or not");
  command->callback([options] { run(*options); });
}

}  // namespace sonant::apps
