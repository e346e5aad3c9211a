// sonant predict: names the emotion in sound files.
#include <fmt/format.h>
#include <sonant/core/json.h>
#include <sonant/core/numbers.h>
#include <sonant/nn/speech/speech_model.h>

#include <algorithm>
#include <memory>

#include "commands.h"
#include "default_model.h"
#include "model_argument.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

constexpr std::size_t kToldErrors = 3;

struct Options {
  std::string model;
  std::vector<std::string> files;
  bool json = false;
  OnBadFile on_bad_file = OnBadFile::fail;
  MachineOptions machine;
};

// What one head says: its label and probabilities, or its number.
void add_answer(Json& out, const Answer& answer, const std::vector<std::string>& class_names) {
  if (!answer.of_classes()) {
    out["number"] = answer.number;
    if (!answer.unit.empty()) out["unit"] = answer.unit;
    return;
  }
  out["label"] = answer.name;
  for (std::size_t c = 0; c < class_names.size(); ++c)
    out["probabilities"][class_names[c]] = answer.probabilities[c];
}

Json as_json(const std::string& file, const Prediction& prediction,
             const std::vector<HeadLabels>& heads) {
  Json out;
  out["file"] = file;
  if (heads.size() > 1) out["head"] = heads.front().head;
  add_answer(out, prediction, heads.front().class_names);
  for (std::size_t k = 0; k < prediction.others.size(); ++k)
    add_answer(out["other_heads"][heads[k + 1].head], prediction.others[k],
               heads[k + 1].class_names);
  if (!prediction.notes.empty()) out["notes"] = prediction.notes;
  return out;
}

// The winner, and what else is worth a thought; or the number.
std::string answer_text(const Answer& answer, const std::vector<std::string>& class_names) {
  if (!answer.of_classes()) {
    const std::string number = fmt::format("{:.3g}", answer.number);
    return styled(number, "1", 1) + (answer.unit.empty() ? "" : " " + printable(answer.unit));
  }
  std::vector<std::size_t> order(class_names.size());
  for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return answer.probabilities[a] > answer.probabilities[b];
  });
  std::string text = styled(printable(class_names[order[0]]), "1", 1);
  for (std::size_t k = 0; k < std::min<std::size_t>(3, order.size()); ++k)
    text += fmt::format("{} {} {:.1f}%", k == 0 ? " " : ",", printable(class_names[order[k]]),
                        100 * answer.probabilities[order[k]]);
  return text;
}

std::string as_line(const std::string& file, const Prediction& prediction,
                    const std::vector<HeadLabels>& heads) {
  std::string line = printable(file) + ": ";
  if (heads.size() > 1) line += heads.front().head + " ";
  line += answer_text(prediction, heads.front().class_names);
  for (std::size_t k = 0; k < prediction.others.size(); ++k)
    line += "; " + heads[k + 1].head + " " +
            answer_text(prediction.others[k], heads[k + 1].class_names);
  return line;
}

Prediction predict(const SpeechModel& model, const std::string& file) {
  Sound sound = decode(sound_path(file));
  Prediction prediction = about_file(file, [&] { return model.predict(std::move(sound)); });
  print_notes(file, prediction.notes);
  return prediction;
}

// A file that fails takes no other one's answer with it.
void run(const Options& options) {
  options.machine.apply();
  catch_stop_signals();
  const SpeechModel model = model_or_default(options.model);
  const std::vector<HeadLabels> heads = model.labels();
  const bool skips = options.on_bad_file == OnBadFile::skip;
  auto results = Json::array();
  std::size_t failed = 0;
  for (const std::string& file : options.files) {
    if (stop_signal() != 0) break;
    Prediction prediction;
    try {
      prediction = predict(model, file);
    } catch (const Error& error) {
      if (++failed <= kToldErrors)
        skips ? say("left out: {}\n", error.what()) : say_error(error.what());
      if (!skips) results.push_back({{"file", file}, {"error", error.what()}});
      continue;
    }
    if (options.json)
      results.push_back(as_json(file, prediction, heads));
    else
      print("{}\n", as_line(file, prediction, heads));
  }
  if (failed > kToldErrors)
    say("{} failed\n", count_of(static_cast<std::int64_t>(failed - kToldErrors), "more file"));
  if (options.json) print("{}\n", results.dump(2));
  if (stop_signal() != 0) throw Stopped{stop_signal()};
  if (failed > 0 && !skips) throw Failed{};
  check(failed < options.files.size(), "predict", "none of ",
        count_of(static_cast<std::int64_t>(failed), "file"), " could be used");
}

}  // namespace

void add_predict(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command =
      program.command("predict", "Name the emotion in sound files, with probabilities.");
  command.example = "sonant predict speech.wav\narecord -d 3 -f S16_LE -t wav | sonant predict -";
  command.option("FILE", options->files, "Sound files (wav, flac, ogg, mp3), - for stdin")
      .needed()
      .reads()
      .or_dash();
  add_model_file(command, options->model).default_text("the one that comes with Sonant");
  command.flag("--json", options->json,
               "The result as JSON: file, label, probabilities (or number), notes if any, and "
               "other_heads, if the model has several; of a file that "
               "failed: file, error");
  command.option("--on-bad-file", options->on_bad_file,
                 "A file that cannot be used is an error, status 1 (fail), or left out (skip); the "
                 "others are tried in any case");
  options->machine.add_to(command);
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
