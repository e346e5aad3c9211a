// sonant features: a sound file's feature frames as a NumPy archive.
#include <fmt/format.h>
#include <sonant/audio/decode.h>
#include <sonant/audio/features.h>
#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/nn/npz.h>

#include <memory>

#include "command_paths.h"
#include "commands.h"
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
  const Sound sound = decode(sound_path(options.file));
  print_notes(options.file, sound.notes);
  FeatureExtractor extract(options.settings);
  const Tensor<double> features = about_file(options.file, [&] { return extract(sound); });

  Npz archive;
  archive.add("features", features);
  archive.add("sample_rate", Shape{}, std::vector<std::int64_t>{sound.sample_rate});
  archive.add("tuning", Tensor<double>::scalar(extract.tuning()));
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
      "Arrays: features (T x F, MFCC then chroma, as librosa computes them), sample_rate, tuning.");
  command.example = "sonant features speech.wav --out speech.npz";
  command.option("FILE", options->file, "Sound file (wav, flac, ogg, mp3), - for stdin")
      .called("FILE")
      .needed()
      .reads();
  command.option("-o,--out", options->out, "The .npz file to write")
      .called("FILE")
      .needed()
      .writes();
  add_settings(command, options->settings);
  command.checks.push_back([options] {
    CommandPaths paths;
    paths.input_or_dash("FILE", options->file)
        .need("--out", options->out, PathRole::output)
        .check();
  });
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
