// Cached features must be the computed ones to the bit, and never those of something else.
#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/train/dataset.h>
#include <sonant/train/feature_cache.h>

#include <fstream>

#include "support/catch.h"
#include "train/tones.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// How many files had to be decoded.
struct Counted {
  Dataset data;
  std::size_t computed = 0;
};
Counted load(const fs::path& manifest, const fs::path& cache, const FeatureSettings& settings,
             OnBadFile policy = OnBadFile::fail) {
  Counted counted;
  Callbacks callbacks;
  callbacks.loading = [&](std::size_t, std::size_t) { ++counted.computed; };
  counted.data =
      load_dataset(open_corpus(manifest),
                   {.features = settings, .on_bad_file = policy, .cache = cache}, callbacks);
  return counted;
}

}  // namespace

TEST_CASE("Features come from the cache the second time, bit for bit", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder), cache = folder / "cache";
  const Counted first = load(manifest, cache, tone_features());
  CHECK(first.computed == 72);
  const Counted second = load(manifest, cache, tone_features());
  CHECK(second.computed == 0);
  CHECK(second.data.features == first.data.features);
  CHECK(second.data.fingerprint == first.data.fingerprint);
  CHECK(second.data.sample_rates == first.data.sample_rates);
  CHECK(entries(cache) == 1);

  const FeatureSettings other = tone_features("hop", 128);
  CHECK(load(manifest, cache, other).computed == 72);
  CHECK(entries(cache) == 2);

  // The same name, size and, for all we know, time; but another sound.
  write_wav(folder / "s2_low_1.wav", tone(0, 9, 1), 8000);
  const Counted changed = load(manifest, cache, tone_features());
  CHECK(changed.computed == 1);
  CHECK(changed.data.fingerprint != first.data.fingerprint);
  CHECK(changed.data.fingerprint == load(manifest, "", tone_features()).data.fingerprint);
  CHECK(load(manifest, cache, tone_features()).computed == 0);
}

TEST_CASE("A sound is found by its bytes, whichever others it was computed with", "[train]") {
  const TempFolder folder, copies;
  const fs::path manifest = write_tones(folder), cache = folder / "cache";
  const Dataset whole = load(manifest, cache, tone_features()).data;
  // Every third sound, from the last on, under another name, the first of them twice.
  std::ofstream lines(copies / "part.csv");
  lines << "path,label,speaker\n";
  std::vector<std::size_t> of_whole;
  const auto add = [&](std::size_t i, const std::string& name) {
    const Clip& clip = whole.corpus.clips[i];
    fs::copy(clip.path, copies / name);
    lines << name << "," << whole.corpus.class_names[static_cast<std::size_t>(clip.label)] << ","
          << clip.speaker_name << "\n";
    of_whole.push_back(i);
  };
  add(71, "twice.wav");
  for (std::size_t i = 72; i >= 3; i -= 3) add(i - 1, std::to_string(i) + ".wav");
  lines.close();
  const Counted part = load(copies / "part.csv", cache, tone_features());
  CHECK(part.computed == 0);
  CHECK(entries(cache) == 1);
  const Dataset computed = load(copies / "part.csv", "", tone_features()).data;
  CHECK(part.data.features == computed.features);
  CHECK(part.data.fingerprint == computed.fingerprint);
}

TEST_CASE("Resampled sounds are others, but for those that have the rate", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder), cache = folder / "cache";  // 8 kHz
  write_wav(folder / "s2_low_1.wav", tone(2, 2, 1), 4000);
  std::size_t computed = 0;
  const auto load_at = [&](int rate, const fs::path& kept) {
    computed = 0;
    Callbacks callbacks;
    callbacks.loading = [&](std::size_t, std::size_t) { ++computed; };
    return load_dataset(open_corpus(manifest),
                        {.features = tone_features(), .sample_rate = rate, .cache = kept},
                        callbacks);
  };
  for (const int rate : {8000, 0, 4000, 8000, 4000, 0}) {
    const Dataset expected = load_at(rate, "");
    CHECK(load_at(rate, cache).features == expected.features);
    CHECK(load_at(rate, cache).features == expected.features);
    CHECK(computed == 0);
  }
  fs::remove_all(cache);
  load_at(0, cache);
  CHECK(computed == 72);
  load_at(8000, cache);
  CHECK(computed == 1);
  load_at(4000, cache);
  CHECK(computed == 71);
}

TEST_CASE("Features of another instruction set are others", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder), cache = folder / "cache";
  for (const std::size_t expected : {72, 0})
    for (const Isa isa : supported_isas()) {
      set_isa_cap(isa_name(isa));
      CHECK(load(manifest, cache, tone_features()).computed == expected);
    }
  set_isa_cap("");
}

TEST_CASE("A damaged cache entry is computed again", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder), cache = folder / "cache";
  const Counted whole = load(manifest, cache, tone_features());
  const fs::path entry = fs::directory_iterator(cache)->path();
  const auto size = fs::file_size(entry);
  for (const std::uintmax_t left : {std::uintmax_t{0}, std::uintmax_t{100}, size / 2, size - 1}) {
    fs::resize_file(entry, left);
    const Counted again = load(manifest, cache, tone_features());
    CHECK(again.computed == 72);
    CHECK(again.data.features == whole.data.features);
    CHECK(fs::file_size(entry) == size);
  }
}

TEST_CASE("What was bad stays bad, with its reason", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder), cache = folder / "cache";
  std::ofstream(folder / "s2_low_1.wav") << "RIFF but nothing that follows makes sense";
  const Counted first = load(manifest, cache, tone_features(), OnBadFile::skip);
  const Counted second = load(manifest, cache, tone_features(), OnBadFile::skip);
  CHECK(second.computed == 0);
  REQUIRE(second.data.corpus.bad.size() == 1);
  CHECK(second.data.corpus.bad[0].reason == first.data.corpus.bad[0].reason);
  CHECK(second.data.features == first.data.features);
  CHECK_THROWS_WITH(load(manifest, cache, tone_features()), ContainsSubstring("s2_low_1.wav"));
}

TEST_CASE("A cache that cannot be written to is a note, not a failure", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder);
  std::ofstream(folder / "file") << "no folder";
  std::string note;
  const LoadOptions options{.features = tone_features(), .cache = folder / "file"};
  Callbacks callbacks;
  callbacks.note = [&](const std::string& text) { note = text; };
  CHECK(load_dataset(open_corpus(manifest), options, callbacks).features.size() == 72);
  CHECK_THAT(note, ContainsSubstring("features are not kept"));
}

TEST_CASE("Published features are read in place of the sounds", "[train]") {
  const TempFolder folder;
  const fs::path manifest = write_tones(folder);
  const LoadOptions options{.features = tone_features(), .published = folder / "all.safetensors"};
  const Dataset first = load_dataset(open_corpus(manifest), options);
  // As many bytes of something else: nobody looks.
  const fs::path sound = first.corpus.clips.front().path;
  write_file(sound, std::string(fs::file_size(sound), 'x'), "test");
  const Dataset second = load_dataset(open_corpus(manifest), options);
  CHECK(second.features == first.features);
  CHECK(second.fingerprint == first.fingerprint);
  CHECK(second.sample_rates == first.sample_rates);

  LoadOptions others = options;
  others.features = tone_features("hop", 128);
  CHECK_THROWS_WITH(load_dataset(open_corpus(manifest), others), ContainsSubstring("hop"));
  write_file(sound, "longer or shorter", "test");
  CHECK_THROWS_WITH(load_dataset(open_corpus(manifest), options),
                    ContainsSubstring("the sounds are others"));
  write_file(options.published, "damaged", "test");
  CHECK_THROWS_WITH(load_dataset(open_corpus(manifest), options),
                    ContainsSubstring("all.safetensors: is damaged"));
}

TEST_CASE("The cache keeps the entries that were used last", "[train]") {
  const TempFolder folder;
  const FeatureCache cache(folder.path, tone_features());
  const std::vector<ClipFeatures> clips{{Tensor<float>(Shape{2, 3}), 8000, ""}};
  const auto find = [&](const std::string& content) {
    return cache.find(std::vector{content}).at(0).has_value();
  };
  for (int i = 0; i < FeatureCache::kEntries; ++i)
    cache.store(std::vector{"k" + std::to_string(i)}, clips);
  CHECK(find("k0"));  // and so is not the oldest any more
  cache.store(std::vector<std::string>{"one too many"}, clips);
  CHECK(entries(folder.path) == FeatureCache::kEntries);
  CHECK(find("k0"));
  CHECK_FALSE(find("k1"));
  CHECK(find("k2"));
  CHECK_FALSE(find(""));  // of a file that cannot be read
}
