// sonant report: a page about a training, a cross-validation or a search.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/train/report/report.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string run, out = "report.html", embeddings;
};

void run(const Options& options) {
  check_writable(options.out, "report");
  write_file(options.out, html_report_of(options.run, options.embeddings), "report");
  fmt::print("{}\n", options.out);
}

}  // namespace

void add_report(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "report",
      "Tell how a run went, in one HTML file: learning curves, confusions, recalls, the "
      "utterances\n"
      "as the model sees them; of a search its history and what each hyperparameter did.");
  command
      ->add_option("RUN", options->run,
                   "JSON result of sonant train, folder of sonant cv, or study of sonant tune\n"
                   "(FILE, or FILE#NAME)")
      ->required();
  command->add_option("-o,--out", options->out, "HTML file to write")->capture_default_str();
  command->add_option("--embeddings", options->embeddings,
                      "Of a training: what sonant train --embeddings wrote");
  command->callback([options] { run(*options); });
}

}  // namespace sonant::apps
