// sonant report: a page about a training, a cross-validation or a search.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/core/text.h>
#include <sonant/train/report/report.h>

#include <memory>

#include "command_paths.h"
#include "commands.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string out = "report.html", embeddings;
};

void run(const Options& options) {
  check_writable(options.out, "report");
  write_file(options.out, html_report_of(options.runs, options.embeddings), "report");
  print("{}\n", printable(options.out));
}

}  // namespace

void add_report(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command = program.command(
      "report", "Tell how a run went, on a page.",
      "One HTML file: learning curves, confusions, recalls, the utterances as the model sees them; "
      "of a search its history and what each hyperparameter did. Further folders of sonant cv are "
      "compared with the first.");
  command.example =
      "sonant report runs/h64 --out h64.html\nsonant report study.sqlite\n"
      "sonant report runs/h64 runs/h128 --out both.html";
  command
      .option("RUN", options->runs,
              "JSON result of sonant train, folder of sonant cv, or study of sonant tune (FILE, or "
              "FILE#NAME)")
      .called("RUN")
      .needed()
      .reads()
      .naming(run_files);
  command.option("-o,--out", options->out, "HTML file to write").called("FILE").writes();
  command
      .option("--embeddings", options->embeddings,
              "Of a training: what sonant train --embeddings wrote")
      .called("FILE")
      .reads();
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
