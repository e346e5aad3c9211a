#include <sonant/audio/resample.h>
#include <sonant/core/parallel.h>
#include <sonant/nn/speech/speech_model.h>
#include <sonant/train/dataset.h>
#include <sonant/train/protocol.h>

#include <fstream>

#include "support/catch.h"
#include "train/tones.h"

using namespace sonant;
using namespace sonant::test;

namespace {

constexpr int kFiles = kToneSpeakers * kToneClasses * kToneTakes;

}  // namespace

TEST_CASE("A corpus is decoded into features, in its own order", "[train]") {
  const TempFolder folder;
  const Corpus corpus = open_corpus(write_tones(folder));
  std::size_t calls = 0, last = 0;
  Callbacks callbacks;
  callbacks.loading = [&](std::size_t done, std::size_t total) {
    CHECK(total == kFiles);
    CHECK(done == ++calls);
    last = done;
  };
  const Dataset data = load_dataset(corpus, {.features = tone_features()}, callbacks);
  CHECK(last == kFiles);
  REQUIRE(data.features.size() == kFiles);
  CHECK(data.dims() == 22);
  CHECK(data.classes() == 3);
  CHECK(data.sample_rates == std::map<int, std::size_t>{{8000, kFiles}});
  std::int64_t frames = 0;
  for (std::size_t i = 0; i < data.features.size(); ++i) {
    const Sound sound = decode(data.corpus.clips[i].path);
    CHECK(data.features[i] == extract_features(sound, tone_features()).to<float>());
    frames += data.features[i].dim(0);
  }
  CHECK(data.frames() == frames);
}

TEST_CASE("Sounds are resampled when a rate is asked for, and said to be", "[train]") {
  const TempFolder folder, kept;
  const auto csv = write_tones(folder);
  const Sound other = resample({tone(0, 1, 0), 8000, 1}, 16000);
  write_wav(folder / "s1_low_0.wav", other.samples, 16000);
  std::string notes;
  LoadOptions options{.features = tone_features(), .sample_rate = 8000, .cache = kept / "cache"};
  Callbacks callbacks;
  callbacks.note = [&](const std::string& text) { notes += text + "\n"; };
  const Dataset data = load_dataset(open_corpus(csv), options, callbacks);
  CHECK(notes ==
        "files of other sample rates (71 at 8000 Hz, 1 at 16000 Hz) resampled to 8000 Hz\n");
  CHECK(data.sample_rates == std::map<int, std::size_t>{{8000, kFiles - 1}, {16000, 1}});
  for (std::size_t i = 0; i < data.features.size(); ++i) {
    const Sound sound = resample(decode(data.corpus.clips[i].path), 8000);
    CHECK(data.features[i] == extract_features(sound, tone_features()).to<float>());
  }
  // The cache tells them from sounds left as they are, and knows where that is the same.
  CHECK(load_dataset(open_corpus(csv), options).fingerprint == data.fingerprint);
  options.sample_rate = 0;
  const Dataset as_stored = load_dataset(open_corpus(csv), options, callbacks);
  CHECK(as_stored.fingerprint != data.fingerprint);
  CHECK_THAT(notes, ContainsSubstring("nothing is resampled"));
  options.sample_rate = 8000;
  CHECK(load_dataset(open_corpus(csv), options).fingerprint == data.fingerprint);
  const auto entries = [&] {
    return std::distance(std::filesystem::directory_iterator(kept / "cache"), {});
  };
  CHECK(entries() == 3);        // 71 as they are, the other one resampled, and as it is
  options.sample_rate = 16000;  // nor takes it one rate for another
  CHECK(load_dataset(open_corpus(csv), options).fingerprint ==
        load_dataset(open_corpus(csv), {.features = tone_features(), .sample_rate = 16000})
            .fingerprint);
  options.sample_rate = 8000;
  CHECK(entries() == 4);
  write_tones(folder);
  load_dataset(open_corpus(csv), options);  // all at 8 kHz
  CHECK(entries() == 5);
  options.sample_rate = 0;
  load_dataset(open_corpus(csv), options);
  CHECK(entries() == 5);
}

TEST_CASE("The dataset does not depend on the number of threads", "[train]") {
  const TempFolder folder;
  const Corpus corpus = open_corpus(write_tones(folder));
  const int threads = num_threads();
  set_num_threads(1);
  const Dataset one = load_dataset(corpus, {.features = tone_features()});
  set_num_threads(3);
  const Dataset three = load_dataset(corpus, {.features = tone_features()});
  set_num_threads(threads);
  CHECK(one.features == three.features);
  CHECK(one.fingerprint == three.fingerprint);
}

TEST_CASE("Bad files are an error that names the file, or skipped with their reason", "[train]") {
  const TempFolder folder;
  const Corpus corpus = open_corpus(write_tones(folder));
  std::ofstream(folder / "s2_low_1.wav") << "RIFF but nothing that follows makes sense";
  write_wav(folder / "s3_high_0.wav", std::vector<double>{0.5}, 8000);
  CHECK_THROWS_WITH(load_dataset(corpus, {.features = tone_features()}),
                    ContainsSubstring("s2_low_1.wav"));
  const Dataset data =
      load_dataset(corpus, {.features = tone_features(), .on_bad_file = OnBadFile::skip});
  CHECK(data.features.size() == kFiles - 2);
  CHECK(data.corpus.clips.size() == kFiles - 2);
  REQUIRE(data.corpus.bad.size() == 2);
  CHECK(data.corpus.bad[0].path.filename() == "s2_low_1.wav");
  CHECK(data.corpus.bad[0].reason.find("s2_low_1.wav") == std::string::npos);
  CHECK(data.corpus.bad[1].path.filename() == "s3_high_0.wav");
  CHECK_THAT(data.corpus.bad[1].reason, ContainsSubstring("at least 0.01 s"));

  const Corpus none = select_clips(corpus, std::vector<int>{});
  CHECK_THROWS_AS(load_dataset(none, {.on_bad_file = OnBadFile::skip}), Error);
}

TEST_CASE("The fingerprint follows labels and sound, not the folder", "[train]") {
  const TempFolder a, b;
  const Corpus here = open_corpus(write_tones(a)), there = open_corpus(write_tones(b));
  const LoadOptions options{.features = tone_features()};
  const std::string fingerprint = load_dataset(here, options).fingerprint;
  CHECK(fingerprint.size() == 32);
  CHECK(load_dataset(there, options).fingerprint == fingerprint);
  Corpus relabelled = here;
  relabelled.clips[5].label = (relabelled.clips[5].label + 1) % 3;
  CHECK(load_dataset(relabelled, options).fingerprint != fingerprint);
  Corpus renamed = here;
  renamed.clips[5].speaker_name += "x";
  CHECK(load_dataset(renamed, options).fingerprint != fingerprint);
  renamed = here;
  renamed.class_names[1] += "x";
  CHECK(load_dataset(renamed, options).fingerprint != fingerprint);
  renamed = here;
  std::filesystem::copy_file(here.clips[5].path, a / "other.wav");
  renamed.clips[5].path = a / "other.wav";
  CHECK(load_dataset(renamed, options).fingerprint != fingerprint);
  write_wav(a / "s1_low_0.wav", tone(0, 1, 9), 8000);
  CHECK(load_dataset(here, options).fingerprint != fingerprint);
}

TEST_CASE("Normalisation is fitted on the chosen clips and applied to all", "[train]") {
  Dataset data = tone_dataset();
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  const TempFolder folder;
  const Sound sound{tone(1, 6, 0), 8000, 1};
  const Normaliser normaliser = normalise(data, split.train);
  std::vector<const Tensor<float>*> train, test;
  for (int i : split.train) train.push_back(&data.features[static_cast<std::size_t>(i)]);
  for (int i : split.test) test.push_back(&data.features[static_cast<std::size_t>(i)]);
  const Normaliser after = fit_normaliser<float>(train), other = fit_normaliser<float>(test);
  double largest = 0;
  for (std::size_t f = 0; f < after.mean.size(); ++f) {
    CHECK(std::abs(after.mean[f]) < 1e-6);
    CHECK(after.stddev[f] == Approx(1).epsilon(1e-6));
    largest = std::max(largest, std::abs(other.mean[f]));
  }
  CHECK(largest > 1e-3);  // the test speaker was not looked at

  // One sound on its way to a prediction gets the bits it had in training.
  write_wav(folder / "one.wav", sound.samples, 8000);
  SpeechModel model;
  model.features = tone_features();
  model.normaliser = normaliser;
  const auto one = model.features_of(decode(folder / "one.wav"));
  const auto& clips = data.corpus.clips;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    if (clips[i].path.filename() == "s6_middle_0.wav") CHECK(one == data.features[i]);
  }
}

TEST_CASE("Loading stops when asked to", "[train]") {
  const TempFolder folder;
  int asked = 0;
  Callbacks callbacks;
  callbacks.stop = [&] { return ++asked > 3; };
  const int threads = num_threads();
  set_num_threads(1);
  const Dataset data =
      load_dataset(open_corpus(write_tones(folder)), {.features = tone_features()}, callbacks);
  set_num_threads(threads);
  CHECK(data.interrupted);
  CHECK(asked < kFiles);
}
