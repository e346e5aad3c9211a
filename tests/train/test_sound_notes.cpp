// What a person should know of the sounds: headers that are wrong, the same samples twice, silence;
// and what may not be remembered of them.
#include <sonant/core/file.h>
#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/dataset.h>
#include <sonant/train/experiment/run.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.h"
#include "train/sample_model.h"
#include "train/tones.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

struct Noted {
  Dataset data;
  std::vector<std::string> notes;
};
Noted load(const fs::path& manifest, const fs::path& cache = {}) {
  Noted noted;
  Callbacks callbacks;
  callbacks.note = [&](const std::string& note) { noted.notes.push_back(note); };
  noted.data =
      load_dataset(open_corpus(manifest), {.features = tone_features(), .cache = cache}, callbacks);
  return noted;
}

// As a recorder does that counts its header.
void count_header(const fs::path& wav) {
  std::string bytes = read_text(wav, "test");
  for (const std::size_t at : {std::size_t{4}, bytes.find("data") + 4}) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);  // one more or less
    bytes[at] = static_cast<char>(bytes[at] | 1);
  }
  write_file(wav, bytes, "test");
}

}  // namespace

TEST_CASE("A file that could not be read this time is not remembered as bad", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder), cache = folder / "cache";
  const fs::path file = folder / "s1_low_0.wav", away = folder / "away";
  const LoadOptions options{
      .features = tone_features(), .on_bad_file = OnBadFile::skip, .cache = cache};
  Callbacks callbacks;
  // It is there when its fingerprint is taken, and gone when it is decoded.
  callbacks.stop = [&] {
    std::error_code ignored;
    fs::rename(file, away, ignored);
    return false;
  };
  const Dataset without = load_dataset(open_corpus(manifest), options, callbacks);
  REQUIRE(without.corpus.bad.size() == 1);
  CHECK_THAT(without.corpus.bad[0].reason, ContainsSubstring("No such file"));
  fs::rename(away, file);
  CHECK(load_dataset(open_corpus(manifest), options).corpus.bad.empty());

  // What its bytes are is remembered, good or bad.
  write_file(file, std::string_view("no sound"), "test");
  for (const std::size_t computed : {1, 0}) {
    std::size_t done = 0;
    Callbacks counting;
    counting.loading = [&](std::size_t, std::size_t) { ++done; };
    CHECK(load_dataset(open_corpus(manifest), options, counting).corpus.bad.size() == 1);
    CHECK(done == computed);
  }
}

TEST_CASE("Notes on how files were read are summed up and kept in the cache", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder);
  CHECK(load(manifest).notes.empty());
  for (int take = 0; take < 4; ++take)
    count_header(folder / ("s2_high_" + std::to_string(take) + ".wav"));
  for (int time = 0; time < 2; ++time) {
    const Noted noted = load(manifest, folder / "cache");
    REQUIRE(noted.notes.size() == 4);
    CHECK_THAT(noted.notes[0], ContainsSubstring("s2_high_0.wav: its header promises"));
    CHECK_THAT(noted.notes[3], ContainsSubstring("1 more notes"));
  }
}

TEST_CASE("The same samples under two speakers are noted, with the parts they are in", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder);
  // The same speaker may say the same twice.
  fs::copy_file(folder / "s3_low_0.wav", folder / "s3_low_1.wav",
                fs::copy_options::overwrite_existing);
  CHECK(load(manifest).notes.empty());
  fs::copy_file(folder / "s3_high_0.wav", folder / "s6_high_2.wav",
                fs::copy_options::overwrite_existing);
  const Noted noted = load(manifest);
  REQUIRE(noted.notes.size() == 1);
  CHECK_THAT(noted.notes[0], ContainsSubstring("the same samples under two speakers") &&
                                 ContainsSubstring("s3_high_0.wav (speaker 3)") &&
                                 ContainsSubstring("s6_high_2.wav (speaker 6)"));
  REQUIRE(noted.data.same_samples.size() == 1);

  RunOptions options;
  options.features = tone_features();
  options.data = manifest;
  options.config.model = "lstm-sa-h4";
  options.config.epochs = 1;
  std::vector<std::string> notes;
  Callbacks callbacks;
  callbacks.note = [&](const std::string& note) { notes.push_back(note); };
  run_training(options, callbacks);
  const auto more = [&] {
    return std::count_if(notes.begin(), notes.end(), [](const std::string& note) {
      return note.find("; and 2 more pairs") != std::string::npos;
    });
  };
  CHECK(more() == 0);
  CHECK(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.find("the same samples in two parts of") != std::string::npos &&
           note.find("s3_high_0.wav is used to train, ") != std::string::npos &&
           note.find("s6_high_2.wav to test") != std::string::npos;
  }));
  for (const char* take : {"0", "1"})
    fs::copy_file(folder / (std::string("s4_low_") + take + ".wav"),
                  folder / (std::string("s5_low_") + take + ".wav"),
                  fs::copy_options::overwrite_existing);
  run_training(options, callbacks);
  CHECK(more() == 1);
}

TEST_CASE("Silence and sounds far too quiet are predicted with a note", "[train]") {
  SpeechModel model = sample_model();
  Dataset data = tone_dataset();
  std::vector<int> all;
  for (int i = 0; i < 72; ++i) all.push_back(i);
  model.features = data.settings;
  model.normaliser = normalise(data, all);
  const auto notes = [&](double gain, const std::vector<std::string>& own = {}) {
    std::vector<double> samples = tone(1, 2, 0);
    for (double& x : samples) x *= gain;
    const Prediction p = model.predict({samples, 8000, 1, own});
    CHECK(p.probabilities.size() == model.class_names.size());
    return p.notes;
  };
  CHECK(notes(1).empty());
  CHECK(notes(1, {"its header"}) == std::vector<std::string>{"its header"});
  REQUIRE(notes(1e-4).size() == 1);
  CHECK_THAT(notes(1e-4)[0], ContainsSubstring("far quieter than what the model learnt from"));
  REQUIRE(notes(0).size() == 1);
  CHECK_THAT(notes(0)[0], ContainsSubstring("digital silence"));
}
