#include <sonant/core/file.h>
#include <sonant/core/usage.h>
#include <sonant/train/batch.h>
#include <sonant/train/experiment/evaluation.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/experiment/store_features.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "support/catch.h"
#include "support/text.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;
namespace fs = std::filesystem;

namespace {

// Shards of a few clips: a clip has up to 10 frames of 22 floats.
StoreOptions store_options(const fs::path& data, const fs::path& out) {
  return {.data = data, .features = tone_features(), .out = out, .shard_megabytes = 0.005};
}

// The tones' store, whose shards have 7 clips or so: the last of a speaker and the first of the
// next are together.
struct Tones {
  TempFolder folder;
  fs::path sounds = write_tones(folder), store = folder / "store";
  StoreResult result = store_features(store_options(sounds, store));
};

const Tones& tones() {
  static const Tones made;
  return made;
}

RunOptions training(const fs::path& data, const TempFolder& out) {
  RunOptions options;
  options.config = small_config();
  options.features = tone_features();
  options.data = data;
  options.out = out / "m.safetensors";
  return options;
}

std::string bytes_of(const fs::path& file) { return read_text(file, "test"); }

std::string refused_store(const fs::path& folder) {
  return refusal([&] {
    const Source source = open_source(folder);
    for (int place = 0; place < source.store->clips(); ++place) source.store->features(place);
  });
}

}  // namespace

TEST_CASE("A store gives the features and the corpus that it was computed of", "[train][store]") {
  REQUIRE(tones().result.clips == 72);
  CHECK(tones().result.shards > 4);
  CHECK(tones().result.here == tones().result.shards);
  CHECK_FALSE(fs::exists(tones().store / "jobs"));
  const Dataset memory = load_dataset(open_corpus(tones().sounds), {.features = tone_features()});
  const Dataset stored = load_dataset(open_source(tones().store), {.features = tone_features()});
  REQUIRE(stored.clips() == 72);
  CHECK(stored.features.empty());
  CHECK(stored.frames() == memory.frames());
  CHECK(stored.frames() == tones().result.frames);
  CHECK(stored.dims() == 22);
  CHECK(stored.sample_rates == memory.sample_rates);
  CHECK(stored.corpus.name == "tones.csv");
  CHECK(stored.corpus.class_names == memory.corpus.class_names);
  Tensor<float> room;
  for (int i = 0; i < 72; ++i) {
    CHECK(stored.features_of(i, room) == memory.features[static_cast<std::size_t>(i)]);
    const Clip &a = stored.corpus.clips[static_cast<std::size_t>(i)],
               &b = memory.corpus.clips[static_cast<std::size_t>(i)];
    CHECK(a.path == b.path);
    CHECK(a.label == b.label);
    CHECK(a.speaker == b.speaker);
    CHECK(a.speaker_name == b.speaker_name);
    CHECK(a.columns == b.columns);
  }
}

TEST_CASE("A training on a store has the bits of one in memory", "[train][store]") {
  const TempFolder a, b;
  const RunResult memory = run_training(training(tones().sounds, a));
  const RunResult stored = run_training(training(tones().store, b));
  CHECK(stored.weights_hash == memory.weights_hash);
  CHECK(to_json(stored.test) == to_json(memory.test));
  const SpeechModel model = load_model(b / "m.safetensors");
  CHECK(to_json(run_evaluation(model, {.data = tones().store}).evaluation) == to_json(memory.test));

  // One window for all has the same order; what is normalised by the index differs in last digits.
  RunOptions windowed = training(tones().store, b);
  windowed.config.window = tones().result.shards;
  windowed.config.standardise = false;
  RunOptions plain = training(tones().sounds, a);
  plain.config.standardise = false;
  CHECK(run_training(windowed).weights_hash == run_training(plain).weights_hash);
  windowed.config.window = 1;
  CHECK(run_training(windowed).weights_hash != run_training(plain).weights_hash);
}

TEST_CASE("A window is of a store", "[train][store]") {
  const TempFolder out;
  RunOptions options = training(tones().sounds, out);
  options.config.window = 2;
  CHECK(has(refusal<UsageError>([&] { run_training(options); }), "expected 0, got 2"));
  options = training(tones().store, out);
  options.features = tone_features("hop", 128);
  CHECK(has(refusal([&] { run_training(options); }), "hop: 256 there, 128 here"));
}

TEST_CASE("Clips are shuffled within windows of shards", "[train][store]") {
  std::vector<int> clips, shards;  // shard k has 3 + k clips, and not all are given
  for (int shard = 0, next = 0; shard < 7; ++shard)
    for (int k = 0; k < 3 + shard; ++k, ++next)
      if (next % 5 != 0) clips.push_back(next), shards.push_back(shard);
  std::map<int, int> shard_of;
  for (std::size_t k = 0; k < clips.size(); ++k) shard_of[clips[k]] = shards[k];
  const auto order = [&](int window, std::uint64_t seed, int epoch) {
    std::vector<int> all;
    for (const auto& batch : shuffled_batches(clips, shards, window, 4, seed, epoch))
      all.insert(all.end(), batch.begin(), batch.end());
    return all;
  };
  std::set<std::vector<int>> firsts;
  for (int epoch = 0; epoch < 20; ++epoch) {
    std::vector<int> all = order(2, 1, epoch);
    CHECK(all == order(2, 1, epoch));
    CHECK(all != order(2, 2, epoch));
    std::size_t begin = 0;
    for (int window = 0; window < 4; ++window) {
      std::set<int> seen;
      while (begin < all.size()) {
        seen.insert(shard_of[all[begin]]);
        if (seen.size() > 2) break;
        ++begin;
      }
      if (window == 0) firsts.insert({*seen.begin(), *std::next(seen.begin())});
    }
    CHECK(begin == all.size());  // no more than four windows of two, the last of one
    std::sort(all.begin(), all.end());
    CHECK(all == clips);
  }
  CHECK(firsts.size() > 5);
  const auto whole = shuffled_batches(clips, 4, 3, 1);
  CHECK(shuffled_batches(clips, shards, 7, 4, 3, 1) == whole);
  CHECK(shuffled_batches(clips, shards, 99, 4, 3, 1) == whole);
  CHECK_THROWS_AS(shuffled_batches(clips, shards, 0, 4, 3, 1), Error);
}

TEST_CASE("A store's sums fit the normaliser of whole speakers", "[train][store]") {
  const Source source = open_source(tones().store);
  const Dataset data = load_dataset(open_source(tones().store), {.features = tone_features()});
  const Split split = make_split(usual_protocol(data.corpus), data.corpus);
  const Normaliser expected = fit_normaliser(data, split.train);
  const auto fitted = data.store->normaliser(data.corpus, split.train);
  REQUIRE(fitted);
  for (std::size_t f = 0; f < expected.mean.size(); ++f) {
    CHECK(fitted->mean[f] == Approx(expected.mean[f]).epsilon(1e-12).margin(1e-12));
    CHECK(fitted->stddev[f] == Approx(expected.stddev[f]).epsilon(1e-12));
  }
  std::vector<int> some = split.train;
  some.pop_back();
  CHECK_FALSE(data.store->normaliser(data.corpus, some));
}

TEST_CASE("Frames summed in parts are those summed together", "[train][store]") {
  const Random random(3);
  Tensor<float> whole({40, 2});
  for (std::int64_t i = 0; i < whole.size(); ++i)
    whole[i] = static_cast<float>(100 + random.normal(static_cast<std::uint64_t>(i)));
  const std::vector<const Tensor<float>*> one{&whole};
  const Normaliser expected = fit_normaliser<float>(one);
  FrameSums sums, rest;
  const auto part = [&](int begin, int end) {
    return Tensor<float>({end - begin, 2},
                         whole.span().subspan(static_cast<std::size_t>(2 * begin),
                                              static_cast<std::size_t>(2 * (end - begin))));
  };
  sums.add(part(0, 1));
  rest.add(part(1, 30));
  rest.add(part(30, 40));
  sums.add(rest);
  sums.add(FrameSums{});
  CHECK(sums.frames == 40);
  for (std::size_t f = 0; f < 2; ++f) {
    CHECK(sums.normaliser().mean[f] == Approx(expected.mean[f]).epsilon(1e-14));
    CHECK(sums.normaliser().stddev[f] == Approx(expected.stddev[f]).epsilon(1e-12));
  }
  CHECK_THROWS_AS(FrameSums{}.normaliser(), Error);
}

TEST_CASE("What is wrong with a store's files is one line that names the file", "[train][store]") {
  const TempFolder folder;
  const fs::path store = folder / "store", shard = store / "shard-1.npy";
  const auto anew = [&] {
    fs::remove_all(store);
    fs::copy(tones().store, store);
  };
  const auto change = [&](const fs::path& file, std::size_t at) {
    std::string bytes = bytes_of(file);
    bytes[at == std::string::npos ? bytes.size() - 1 : at] ^= 1;
    write_file(file, bytes, "test");
  };
  anew();
  CHECK(refused_store(store).empty());
  fs::resize_file(shard, fs::file_size(shard) - 4);
  CHECK(has(refused_store(store), "shard-1.npy: has "));
  anew();
  fs::remove(shard);
  CHECK(has(refused_store(store), "shard-1.npy: No such file"));
  anew();
  change(shard, std::string::npos);
  CHECK(has(refused_store(store), "shard-1.npy: rows "));
  anew();
  change(shard, 20);
  CHECK(has(refused_store(store), "shard-1.npy: is not the array"));
  for (const char* name : {"clips.csv", "speakers.npz"}) {
    anew();
    change(store / name, 100);
    CHECK(has(refused_store(store), std::string(name) + ": is not the file"));
    fs::remove(store / name);
    CHECK(has(refused_store(store), name));
  }
  anew();
  fs::resize_file(store / "features.json", 50);
  CHECK(has(refused_store(store), "features.json: is damaged"));
}

TEST_CASE("A store is the same files whoever computes it", "[train][store]") {
  const TempFolder folder;
  const fs::path store = folder / "store";
  StoreOptions options = store_options(tones().sounds, store);
  // The first stops in its second shard, then three share the rest.
  std::atomic<int> asked = 0;
  CHECK(store_features(options, {.stop = [&] { return ++asked > 40; }}).interrupted);
  CHECK(fs::exists(store / "plan.json"));
  CHECK_FALSE(is_store(store));
  std::vector<StoreResult> results(3);
  std::vector<std::thread> threads;
  for (StoreResult& result : results)
    threads.emplace_back([&] { result = store_features(options); });
  for (std::thread& t : threads) t.join();
  int here = 0;
  for (const StoreResult& result : results) here += result.here;
  CHECK(here < tones().result.shards);
  for (const auto& file : fs::directory_iterator(tones().store))
    if (file.is_regular_file()) {
      INFO(file.path());
      CHECK(bytes_of(store / file.path().filename()) == bytes_of(file.path()));
    }
  CHECK(store_features(options).here == 0);
  options.features = tone_features("hop", 128);
  CHECK(has(refusal([&] { store_features(options); }), "hop: 256 there, 128 here"));
  options.features = tone_features();
  options.shard_megabytes = 1;
  CHECK(has(refusal([&] { store_features(options); }), "shard_megabytes: "));
  options.out = folder.path;
  CHECK(has(refusal([&] { store_features(options); }), "is no feature store"));
  options.shard_megabytes = 0;
  CHECK_THROWS_AS(store_features(options), UsageError);
}

TEST_CASE("A store is of the files that can be used", "[train][store]") {
  const TempFolder folder;
  const fs::path sounds = write_tones(folder);
  write_file(folder / "s2_low_1.wav", std::string_view("no sound"), "test");
  StoreOptions options = store_options(sounds, folder / "store");
  CHECK(has(refusal([&] { store_features(options); }), "s2_low_1.wav: "));
  CHECK_FALSE(is_store(options.out));
  options.on_bad_file = OnBadFile::skip;
  CHECK(has(refusal([&] { store_features(options); }), "on_bad_file"));
  options.out = folder / "other";
  CHECK(store_features(options).left_out == 1);
  std::vector<std::string> notes;
  const Dataset data =
      load_dataset(open_source(options.out), {.features = tone_features()},
                   {.note = [&](const std::string& text) { notes.push_back(text); }});
  CHECK(data.clips() == 71);
  REQUIRE(notes.size() == 1);
  CHECK(has(notes[0], "1 file left out when the features were computed: "));
  CHECK(has(notes[0], "s2_low_1.wav"));
}
