#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <system_error>

#include <sonant/audio/corpora/synthetic.h>
#include <sonant/audio/corpus_files.h>
#include <sonant/audio/decode.h>
#include <sonant/audio/synth.h>
#include <sonant/audio/synth_layout.h>
#include <sonant/audio/synth_voice.h>
#include <sonant/core/file.h>
#include <sonant/core/parallel.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace fs = std::filesystem;
namespace {

void check_settings(const SynthSettings& s) {
  check_usage(s.speakers >= 1 && s.speakers <= 24, "synth", "expects 1 to 24 speakers, got ",
              s.speakers);
  check_usage(s.repetitions == 1 || s.repetitions == 2, "synth", "expects 1 or 2 repetitions, got ",
              s.repetitions);
  check_usage(s.sample_rate >= 16000 && s.sample_rate <= 96000, "synth",
              "expects a sample rate from 16000 to 96000 Hz, got ", s.sample_rate);
  check_usage(s.difficulty >= 0 && s.difficulty <= 10, "synth",
              "expects a difficulty from 0 to 10, got ", s.difficulty);
  find_synth_layout(s.layout);
}

std::string note(const SynthSettings& s) {
  std::ostringstream text;
  text << "The sound files in this folder are synthetic. No person spoke them: a source-filter\n"
          "synthesiser rendered them (sonant synth), with file names in the style of RAVDESS.\n\n"
       << "seed " << s.seed << "\nspeakers " << s.speakers << "\nrepetitions " << s.repetitions
       << "\nsample_rate " << s.sample_rate << "\ndifficulty " << s.difficulty << "\n";
  if (s.layout != synth_layouts().front().name) text << "layout " << s.layout << "\n";
  return text.str();
}

// A folder is ours if it holds no sound file, or our note with the same settings.
void claim_folder(const fs::path& dir, const SynthSettings& settings) {
  std::error_code error;
  fs::create_directories(dir, error);
  check(!error && fs::is_directory(dir), "synth", "cannot create the folder ", dir.string(), ": ",
        error ? error.message() : "a file has that name");
  const fs::path path = dir / kSyntheticNote;
  if (fs::exists(path)) {
    check(read_text(path, "synth") == note(settings), "synth",
          "expects an empty folder or its own, got ", dir.string(), ", whose ", kSyntheticNote,
          " names other settings; delete the folder or choose another");
    return;
  }
  const std::vector<fs::path> sounds = corpus_files::list(dir).files;
  check(sounds.empty(), "synth", "expects a folder without sound files, got ", dir.string(),
        ", which holds ", sounds.empty() ? "" : sounds.front().string(),
        " and is not a synthetic corpus");
  write_file(path, note(settings), "synth");
}

// Writes the file unless it is there; what is there must be the same.
void render_file(const fs::path& path, const SynthSettings& settings, const RavdessName& name) {
  const std::vector<double> samples = render_utterance(settings, name);
  if (!fs::exists(path)) return write_wav(path, samples, settings.sample_rate);
  const Sound there = decode(path);
  check(there.sample_rate == settings.sample_rate && there.samples == samples, "synth",
        path.string(), " is there already and holds another sound; it is left as it is. Choose ",
        "another folder or delete that file");
}

}  // namespace

std::vector<double> render_utterance(const SynthSettings& settings, const RavdessName& name) {
  check_settings(settings);
  RavdessName same;
  const std::string fault = parse_ravdess_name(name.stem(), same);
  check(fault.empty(), "synth", "the name ", name.stem(), ' ', fault);
  check(name.audio_only_speech(), "synth", "expects audio-only speech (03-01-...), got ",
        name.stem());
  const synth::Speaker speaker = synth::make_speaker(settings, name.actor);
  const synth::Cues cues = synth::draw_cues(settings, speaker, name);
  const Random random = synth::utterance_random(settings, name);
  const double frame_seconds =
      static_cast<double>(synth::frame_samples(settings.sample_rate)) / settings.sample_rate;
  const synth::Score score =
      synth::make_score(speaker, cues, name.statement, frame_seconds, random);
  return synth::sing(score, settings.sample_rate, random);
}

std::vector<RavdessName> synth_names(const SynthSettings& settings) {
  check_settings(settings);
  std::vector<RavdessName> names;
  for (int emotion = 1; emotion <= 8; ++emotion)
    for (int intensity = 1; intensity <= (emotion == 1 ? 1 : 2); ++intensity)
      for (int statement = 1; statement <= 2; ++statement)
        for (int repetition = 1; repetition <= settings.repetitions; ++repetition)
          for (int actor = 1; actor <= settings.speakers; ++actor)
            names.push_back({3, 1, emotion, intensity, statement, repetition, actor});
  return names;
}

std::size_t synthesise_corpus(const fs::path& dir, const SynthSettings& settings,
                              const std::function<bool(std::size_t, std::size_t)>& progress) {
  struct File {
    RavdessName name;
    fs::path path;
  };
  std::vector<File> files;
  const SynthLayout& layout = find_synth_layout(settings.layout);
  for (const RavdessName& name : synth_names(settings))
    if (const auto place = layout.place(name)) files.push_back({name, dir / *place});
  check_usage(!files.empty(), "synth", "expects speakers that the layout ", layout.name,
              " has, got the first ", settings.speakers);
  claim_folder(dir, settings);
  std::set<fs::path> folders;
  for (const File& file : files) folders.insert(file.path.parent_path());
  for (const fs::path& folder : folders) make_folder(folder, "synth");
  if (layout.lists) {
    std::vector<RavdessName> names;
    for (const File& file : files) names.push_back(file.name);
    for (const auto& [place, text] : layout.lists(names)) {
      make_folder((dir / place).parent_path(), "synth");
      write_file(dir / place, text, "synth");
    }
  }
  std::mutex mutex;
  std::size_t done = 0;
  std::atomic<bool> stop = false;
  parallel_shards(static_cast<int>(files.size()), [&](int shard) {
    if (stop) return;
    try {
      const File& file = files[static_cast<std::size_t>(shard)];
      render_file(file.path, settings, file.name);
      const std::lock_guard lock(mutex);
      ++done;
      if (progress && !progress(done, files.size())) stop = true;
    } catch (...) {
      stop = true;  // a full disk will not get better with the next file
      throw;
    }
  });
  return done;
}

}  // namespace sonant
