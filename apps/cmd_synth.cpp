// sonant synth: renders the synthetic corpus.
#include <fmt/format.h>
#include <sonant/audio/synth.h>

#include <memory>
#include <optional>

#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string out;
  SynthSettings settings;
  MachineOptions machine;
};

void run(const Options& options) {
  options.machine.apply();
  catch_stop_signals();
  std::optional<Progress> progress;
  const std::size_t files =
      synthesise_corpus(options.out, options.settings, [&](std::size_t done, std::size_t total) {
        if (!progress) progress.emplace("synth", static_cast<long>(total));
        progress->update(static_cast<long>(done));
        return stop_signal() == 0;
      });
  if (stop_signal() != 0) throw Stopped{stop_signal()};
  if (progress) progress->finish();
  fmt::print("{} synthetic utterances in {}\n", files, options.out);
}

}  // namespace

void add_synth(CLI::App& app) {
  auto options = std::make_shared<Options>();
  SynthSettings& s = options->settings;
  CLI::App* command = app.add_subcommand(
      "synth",
      "Render the synthetic corpus: speech-like utterances in RAVDESS's file naming,\n"
      "for trying everything out without a corpus. It is not speech; see the docs.");
  command->add_option("-o,--out", options->out, "Folder to write; nothing in it is overwritten")
      ->required();
  command->add_option("--seed", s.seed, "Another seed gives other voices and takes")
      ->capture_default_str();
  command->add_option("--speakers", s.speakers, "Speakers; odd ones male, even ones female")
      ->check(CLI::Range(1, 24))
      ->capture_default_str();
  command->add_option("--repetitions", s.repetitions, "Takes of each sentence")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  command->add_option("--sample-rate", s.sample_rate, "Hz")
      ->check(CLI::Range(16000, 96000))
      ->capture_default_str();
  command
      ->add_option("--difficulty", s.difficulty,
                   "How far speakers and takes stray from the emotion's profile")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  options->machine.add_to(*command);
  command->callback([options] { run(*options); });
}

}  // namespace sonant::apps
