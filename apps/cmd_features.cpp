// sonant features: a sound file's feature frames as a NumPy archive.
#include <fmt/format.h>
#include <sonant/audio/decode.h>
#include <sonant/audio/features.h>
#include <sonant/audio/resample.h>
#include <sonant/core/file.h>
#include <sonant/core/npz.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

#include <memory>

#include "commands.h"
#include "feature_options.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string file, out;
  FeatureSettings settings;
};

void run(const Options& options) {
  check_writable(options.out, "features");
  Sound sound = decode(sound_path(options.file));
  print_notes(options.file, sound.notes);
  FeatureExtractor extract(options.settings);
  if (const int rate = extract.front_end().sample_rate(); rate > 0)
    sound = resample(std::move(sound), rate);
  const Tensor<double> features = about_file(options.file, [&] { return extract(sound); });

  Npz archive;
  archive.add("features", features);
  archive.add("names", extract.names());
  archive.add("sample_rate", Shape{}, std::vector<std::int64_t>{sound.sample_rate});
  for (const auto& [name, value] : extract.front_end().found())
    archive.add(name, Tensor<double>::scalar(value));
  archive.write(options.out);
  if (!quiet())
    say("{}: {:.2f} s at {} Hz, {} of {} -> {}\n", printable(options.file), sound.seconds(),
        sound.sample_rate, count_of(features.dim(0), "frame"), count_of(features.dim(1), "feature"),
        printable(options.out));
}

}  // namespace

void add_features(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command = program.command(
      "features", "Write a sound file's features, unnormalised, to a .npz file.",
      "Arrays: features (T x F), names, sample_rate, and what else the front end finds: tuning of "
      "librosa-mfcc-chroma.");
  command.example = "sonant features speech.wav --out speech.npz";
  command.option("FILE", options->file, "Sound file (wav, flac, ogg, mp3), - for stdin")
      .called("FILE")
      .needed()
      .reads()
      .or_dash();
  command.option("-o,--out", options->out, "The .npz file to write")
      .called("FILE")
      .needed()
      .writes();
  add_feature_options(command, options->settings);
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
