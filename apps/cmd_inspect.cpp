// sonant inspect: shows what a model does with one sound, as a page.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/train/report/inspect.h>

#include <memory>

#include "commands.h"
#include "default_model.h"
#include "options.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string model, file, out = "view.html";
  MachineOptions machine;
};

void run(const Options& options) {
  options.machine.apply();
  check_writable(options.out, "inspect");
  const SpeechModel model = model_or_default(options.model);
  Sound sound = decode(sound_path(options.file));
  const Inspection seen =
      about_file(options.file, [&] { return inspect(model, std::move(sound)); });
  const std::string name = options.file == "-"
                               ? "standard input"
                               : std::filesystem::path(options.file).filename().string();
  write_file(options.out, html_inspection(model, seen, name), "inspect");
  const auto label = static_cast<std::size_t>(seen.label);
  fmt::print("{}: {} {:.1f}%, half of the attention on {} of {} frames\n{}\n", options.file,
             model.class_names[label], 100 * seen.probabilities[label], seen.attended.size(),
             seen.attention.size(), options.out);
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Show what happens inside a model on the way from sound to answer: one HTML file with the\n"
      "sound, its features, every LSTM's output and gates, the attention and the answer.");
  command->add_option("-m,--model", options->model,
                      "Model file, from sonant train [the one that comes with Sonant]");
  command->add_option("FILE", options->file, "Sound file (wav, flac, ogg, mp3), - for stdin")
      ->required();
  command->add_option("-o,--out", options->out, "HTML file to write")->capture_default_str();
  options->machine.add_to(*command);
  command->callback([options] { run(*options); });
}

}  // namespace sonant::apps
