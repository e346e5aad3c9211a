#include <sonant/audio/synth.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <sonant/audio/decode.h>
#include <sonant/core/error.h>
#include <sonant/core/parallel.h>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"

namespace fs = std::filesystem;
using namespace sonant;

namespace {

enum Emotion { neutral = 1, calm, happy, sad, angry, fearful, disgust, surprised };

RavdessName take(int actor, Emotion emotion, int intensity = 1) {
  return {3, 1, emotion, intensity, 1, 1, actor};
}

SynthSettings by_the_book() {
  SynthSettings settings;
  settings.difficulty = 0;
  return settings;
}

double rms(const std::vector<double>& x) {
  double sum = 0;
  for (double v : x) sum += v * v;
  return std::sqrt(sum / static_cast<double>(x.size()));
}

// RMS of the first difference over RMS: grows with the share of high frequencies.
double brightness(const std::vector<double>& x) {
  std::vector<double> d(x.size() - 1);
  for (std::size_t k = 0; k < d.size(); ++k) d[k] = x[k + 1] - x[k];
  return rms(d) / rms(x);
}

// Fundamental frequencies of the voiced 40 ms frames, every 10 ms: the highest peak of the
// normalised autocorrelation between 60 and 500 Hz, if it is above 0.6 and the frame is not silent.
std::vector<double> pitch_track(const std::vector<double>& x, int rate) {
  const std::size_t n = static_cast<std::size_t>(rate) / 25;
  const std::size_t least = static_cast<std::size_t>(rate) / 500;
  const std::size_t most = static_cast<std::size_t>(rate) / 60;
  std::vector<double> track;
  for (std::size_t begin = 0; begin + n + most < x.size(); begin += n / 4) {
    const auto correlation = [&](std::size_t lag) {
      double ab = 0, aa = 1e-12, bb = 1e-12;
      for (std::size_t k = begin; k < begin + n; ++k) {
        ab += x[k] * x[k + lag];
        aa += x[k] * x[k];
        bb += x[k + lag] * x[k + lag];
      }
      return aa / static_cast<double>(n) < 1e-5 ? 0.0 : ab / std::sqrt(aa * bb);
    };
    std::size_t best = least;
    double best_value = 0;
    for (std::size_t lag = least; lag <= most; ++lag) {
      const double value = correlation(lag);
      // Multiples of the period correlate as well: a longer lag must be clearly better.
      if (value > best_value + 0.02) {
        best = lag;
        best_value = value;
      }
    }
    if (best_value > 0.6) track.push_back(static_cast<double>(rate) / static_cast<double>(best));
  }
  return track;
}

double median(std::vector<double> v) {
  REQUIRE(!v.empty());
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

double median_pitch(const SynthSettings& settings, const RavdessName& name) {
  return median(pitch_track(render_utterance(settings, name), settings.sample_rate));
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, std::string> sound_files(const fs::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir))
    if (entry.path().extension() == ".wav")
      files[fs::relative(entry.path(), dir).string()] = bytes_of(entry.path());
  return files;
}

SynthSettings small_corpus() {
  SynthSettings settings;
  settings.speakers = 2;
  settings.repetitions = 1;
  settings.sample_rate = 16000;
  return settings;
}

}  // namespace

TEST_CASE("The same seed and name give the same samples, any other do not", "[audio][synth]") {
  const SynthSettings settings;
  const auto sound = render_utterance(settings, take(3, happy));
  CHECK(sound == render_utterance(settings, take(3, happy)));
  SynthSettings other = settings;
  other.seed = 2;
  CHECK(sound != render_utterance(other, take(3, happy)));
  other = settings;
  other.difficulty = 0.5;
  CHECK(sound != render_utterance(other, take(3, happy)));
  // What a file holds does not depend on how many others are made.
  other = settings;
  other.speakers = 5;
  other.repetitions = 1;
  CHECK(sound == render_utterance(other, take(3, happy)));
  for (const RavdessName& name :
       {take(4, happy), take(3, sad), take(3, happy, 2), RavdessName{3, 1, happy, 1, 2, 1, 3},
        RavdessName{3, 1, happy, 1, 1, 2, 3}})
    CHECK(sound != render_utterance(settings, name));
}

TEST_CASE("Every utterance has a sane length, level and ending", "[audio][synth]") {
  SynthSettings settings;
  settings.speakers = 4;
  settings.repetitions = 1;
  for (const int rate : {16000, 24000, 48000}) {
    settings.sample_rate = rate;
    for (const RavdessName& name : synth_names(settings)) {
      if (rate != 24000 && name.actor != 1) continue;
      INFO(name.stem() << " at " << rate << " Hz");
      const auto sound = render_utterance(settings, name);
      const double seconds = static_cast<double>(sound.size()) / rate;
      CHECK(seconds > 0.9);
      CHECK(seconds < 3.5);
      double peak = 0;
      bool on_grid = true;
      for (double v : sound) {
        peak = std::max(peak, std::abs(v));
        on_grid = on_grid && v * 32768 == std::nearbyint(v * 32768);
      }
      CHECK(peak < 0.9);
      CHECK(peak > 0.01);
      CHECK(on_grid);
      CHECK(std::abs(sound.front()) < 1e-4);
      CHECK(std::abs(sound.back()) < 1e-4);
    }
  }
}

TEST_CASE("The greatest difficulty still renders sound", "[audio][synth]") {
  SynthSettings settings;
  settings.difficulty = 10;
  settings.speakers = 2;
  settings.repetitions = 1;
  for (const RavdessName& name : synth_names(settings)) {
    INFO(name.stem());
    const auto sound = render_utterance(settings, name);
    CHECK(std::all_of(sound.begin(), sound.end(), [](double v) { return std::abs(v) < 0.9; }));
    CHECK(rms(sound) > 1e-4);
  }
}

TEST_CASE("Emotions differ in pitch, loudness, brightness and tempo as intended",
          "[audio][synth]") {
  const SynthSettings book = by_the_book();
  for (const int actor : {1, 2, 7, 12}) {
    INFO("actor " << actor);
    const auto pitch = [&](Emotion emotion) { return median_pitch(book, take(actor, emotion)); };
    const double calm_reading = pitch(neutral);
    CHECK(pitch(angry) > 1.1 * calm_reading);
    CHECK(pitch(fearful) > 1.1 * calm_reading);
    CHECK(pitch(sad) < calm_reading);
    const auto sad_sound = render_utterance(book, take(actor, sad));
    const auto angry_sound = render_utterance(book, take(actor, angry));
    CHECK(rms(angry_sound) > 3 * rms(sad_sound));
    CHECK(brightness(angry_sound) > 1.2 * brightness(sad_sound));
    CHECK(sad_sound.size() > 1.2 * static_cast<double>(angry_sound.size()));
    // Strong intensity goes further the same way.
    CHECK(median_pitch(book, take(actor, angry, 2)) > pitch(angry));
  }
}

TEST_CASE("A surprised phrase ends high, an angry one low", "[audio][synth]") {
  const SynthSettings book = by_the_book();
  const auto rise = [&](Emotion emotion) {
    const auto track = pitch_track(render_utterance(book, take(5, emotion)), book.sample_rate);
    REQUIRE(track.size() > 30);
    return median({track.end() - 5, track.end()}) / median(track);
  };
  CHECK(rise(surprised) > 1.1);
  CHECK(rise(angry) < 0.9);
}

TEST_CASE("The measured pitch is the speaker's: men low, women high", "[audio][synth]") {
  const SynthSettings settings;
  for (int actor = 1; actor <= 24; ++actor) {
    INFO("actor " << actor);
    const double hz = median_pitch(settings, take(actor, neutral));
    CHECK(hz > (actor % 2 == 1 ? 75 : 140));
    CHECK(hz < (actor % 2 == 1 ? 170 : 300));
  }
}

TEST_CASE("Speakers stray from the book, and more so with difficulty", "[audio][synth]") {
  // The ratio of a speaker's angry to neutral pitch, over the speakers.
  const auto spread = [](double difficulty) {
    SynthSettings settings;
    settings.difficulty = difficulty;
    double sum = 0, squares = 0;
    for (int actor = 1; actor <= 12; ++actor) {
      const double ratio = std::log2(median_pitch(settings, take(actor, angry)) /
                                     median_pitch(settings, take(actor, neutral)));
      sum += ratio / 12;
      squares += ratio * ratio / 12;
    }
    CHECK(sum > 0);  // on average, anger is still higher
    return std::sqrt(squares - sum * sum);
  };
  CHECK(spread(1.0) > 2 * spread(0.0));
}

TEST_CASE("The corpus is RAVDESS in names and counts, and the same with any thread count",
          "[audio][synth]") {
  const TempFolder one, three;
  const int threads = num_threads();
  set_num_threads(1);
  CHECK(synthesise_corpus(one / "new/folder", small_corpus()) == 60);
  set_num_threads(3);
  std::size_t calls = 0, last = 0;
  CHECK(synthesise_corpus(three.path, small_corpus(), [&](std::size_t done, std::size_t total) {
          CHECK(total == 60);
          CHECK(done == last + 1);
          last = done;
          return ++calls > 0;
        }) == 60);
  set_num_threads(threads);
  CHECK(calls == 60);
  CHECK(sound_files(one / "new/folder") == sound_files(three.path));
  CHECK(bytes_of(three / "SYNTHETIC.txt").find("No person spoke them") != std::string::npos);

  const Corpus corpus = open_corpus(three.path);
  CHECK(corpus.name == "synthetic");
  CHECK(corpus.bad.empty());
  CHECK(corpus.left_out == 0);
  REQUIRE(corpus.clips.size() == 60);
  std::map<int, int> per_label;
  for (const Clip& clip : corpus.clips) {
    ++per_label[clip.label];
    CHECK(clip.path.parent_path().filename() == "Actor_" + clip.speaker_name);
    CHECK(clip.column("gender") == (clip.speaker == 1 ? "m" : "f"));
  }
  CHECK(per_label ==
        std::map<int, int>{{0, 4}, {1, 8}, {2, 8}, {3, 8}, {4, 8}, {5, 8}, {6, 8}, {7, 8}});

  const Sound sound = decode(three / "Actor_02/03-01-05-02-01-01-02.wav");
  CHECK(sound.sample_rate == 16000);
  CHECK(sound.samples == render_utterance(small_corpus(), {3, 1, 5, 2, 1, 1, 2}));
}

TEST_CASE("The default corpus has RAVDESS's 1440 names", "[audio][synth]") {
  CHECK(synth_names({}).size() == 1440);
  SynthSettings half;
  half.repetitions = 1;
  CHECK(synth_names(half).size() == 720);
}

TEST_CASE("A stopped rendering is taken up again", "[audio][synth]") {
  const TempFolder folder;
  const std::size_t first = synthesise_corpus(
      folder.path, small_corpus(), [](std::size_t done, std::size_t) { return done < 10; });
  CHECK(first >= 10);
  CHECK(first < 60);
  CHECK(sound_files(folder.path).size() == first);
  const auto before = sound_files(folder.path);
  CHECK(synthesise_corpus(folder.path, small_corpus()) == 60);
  const auto after = sound_files(folder.path);
  CHECK(after.size() == 60);
  for (const auto& [name, bytes] : before) CHECK(after.at(name) == bytes);
}

TEST_CASE("Rendering never overwrites a sound", "[audio][synth]") {
  const auto error_in = [](const fs::path& dir, const SynthSettings& settings) {
    return test::refusal([&] { synthesise_corpus(dir, settings); });
  };
  SECTION("somebody's RAVDESS") {
    const TempFolder folder;
    fs::create_directories(folder / "Actor_01");
    const fs::path mine = folder / "Actor_01/03-01-05-02-01-01-01.wav";
    std::ofstream(mine) << "precious";
    CHECK_THAT(error_in(folder.path, small_corpus()),
               ContainsSubstring("is not a synthetic corpus"));
    CHECK(bytes_of(mine) == "precious");
    CHECK(!fs::exists(folder / "SYNTHETIC.txt"));
    CHECK(!fs::exists(folder / "Actor_02"));
  }
  SECTION("a corpus with other settings") {
    const TempFolder folder;
    synthesise_corpus(folder.path, small_corpus());
    const auto before = sound_files(folder.path);
    SynthSettings other = small_corpus();
    other.seed = 2;
    CHECK_THAT(error_in(folder.path, other), ContainsSubstring("names other settings"));
    CHECK(sound_files(folder.path) == before);
  }
  SECTION("another sound under a name of ours") {
    const TempFolder folder;
    synthesise_corpus(folder.path, small_corpus());
    const fs::path mine = folder / "Actor_01/03-01-05-02-01-01-01.wav";
    write_wav(mine, std::vector<double>{0.5, 0.25}, 16000);
    const std::string bytes = bytes_of(mine);
    CHECK_THAT(error_in(folder.path, small_corpus()), ContainsSubstring("another sound"));
    CHECK(bytes_of(mine) == bytes);
  }
}

TEST_CASE("The synthesiser refuses settings and names out of range", "[audio][synth]") {
  const auto refuses = [](auto change) {
    SynthSettings settings;
    change(settings);
    CHECK_THROWS_AS(synth_names(settings), Error);
    CHECK_THROWS_AS(render_utterance(settings, take(1, happy)), Error);
  };
  refuses([](SynthSettings& s) { s.speakers = 0; });
  refuses([](SynthSettings& s) { s.speakers = 25; });
  refuses([](SynthSettings& s) { s.repetitions = 3; });
  refuses([](SynthSettings& s) { s.sample_rate = 8000; });
  refuses([](SynthSettings& s) { s.difficulty = -1; });
  refuses([](SynthSettings& s) { s.difficulty = std::nan(""); });
  const SynthSettings settings;
  CHECK_THROWS_AS(render_utterance(settings, take(25, happy)), Error);
  CHECK_THROWS_AS(render_utterance(settings, take(1, neutral, 2)), Error);
  CHECK_THROWS_AS(render_utterance(settings, {3, 2, happy, 1, 1, 1, 1}), Error);
  const TempFolder folder;
  std::ofstream(folder / "file") << "x";
  CHECK_THROWS_AS(synthesise_corpus(folder / "file", settings), Error);
  CHECK_THROWS_AS(synthesise_corpus(folder / "file/below", settings), Error);
}
