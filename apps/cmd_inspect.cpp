// sonant inspect: shows what a model does with one sound, as a page.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/report/inspect.h>

#include <memory>

#include "commands.h"
#include "default_model.h"
#include "model_argument.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string model, file, out = "view.html";
  MachineOptions machine;
};

// The likeliest class, or the number.
std::string answer_text(const Answer& answer) {
  if (answer.of_classes())
    return fmt::format("{} {:.1f}%", printable(answer.name),
                       100 * answer.probabilities[static_cast<std::size_t>(answer.label)]);
  return fmt::format("{} {:.3g}{}", printable(answer.head), answer.number,
                     answer.unit.empty() ? "" : " " + printable(answer.unit));
}

void run(const Options& options) {
  options.machine.apply();
  check_writable(options.out, "inspect");
  const SpeechModel model = model_or_default(options.model);
  Sound sound = decode(sound_path(options.file));
  print_notes(options.file, sound.notes);
  const Inspection seen =
      about_file(options.file, [&] { return inspect(model, std::move(sound)); });
  const std::string name = options.file == "-"
                               ? "standard input"
                               : std::filesystem::path(options.file).filename().string();
  write_file(options.out, html_inspection(model, seen, name), "inspect");
  const std::string frames = count_of(seen.features.dim(0), "frame");
  print("{}: {}, {}\n", printable(options.file), answer_text(seen.answer),
        seen.attention.empty()
            ? frames
            : fmt::format("half of the attention on {} of {}", seen.attended.size(), frames));
  if (!seen.missing.empty()) say("note: not shown: {}\n", printable(seen.missing));
  print("{}\n", printable(options.out));
}

}  // namespace

void add_inspect(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command = program.command(
      "inspect", "Show what happens inside a model, on a page.",
      "One HTML file about the way from sound to answer: the sound, its features, every LSTM's "
      "output and gates, the attention and the answer.");
  command.example = "sonant inspect speech.wav --out view.html";
  command.option("FILE", options->file, "Sound file (wav, flac, ogg, mp3), - for stdin")
      .called("FILE")
      .needed()
      .reads()
      .or_dash();
  add_model_file(command, options->model).default_text("the one that comes with Sonant");
  command.option("-o,--out", options->out, "HTML file to write").called("FILE").writes();
  options->machine.add_to(command);
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
