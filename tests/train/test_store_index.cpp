// Damaged indexes of feature stores: as test_tuning_readers.cpp has it for studies.
#include <sonant/audio/frontends/log_mel.h>
#include <sonant/core/file.h>
#include <sonant/core/random.h>
#include <sonant/train/store_index.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// Two shards, three clips, two speakers; names that need quotes.
StoreIndex sample_index() {
  StoreIndex index;
  Corpus& c = index.corpus;
  c.name = "sample, \"1\"";
  c.class_names = {"calm", "loud"};
  c.label_sets = {{"two", "calm,loud", {"kind", "acted"}, 3}};
  c.folds = {{{1}, {2}}};
  index.settings = FeatureSettings("log-mel");
  index.isa = "sse2";
  index.dims = 2;
  index.shards = {5, 4};
  const int frames[] = {3, 2, 4};
  for (int i = 0; i < 3; ++i) {
    Tensor<float> x({frames[i], 2}, static_cast<float>(i));
    Clip clip;
    clip.path = "a, b/" + std::to_string(i) + ".wav";
    clip.label = i % 2;
    clip.speaker = i < 2 ? 1 : 2;
    clip.speaker_name = std::to_string(clip.speaker);
    clip.columns = {{"emotion", c.class_names[static_cast<std::size_t>(i % 2)]}};
    if (i == 1) clip.columns["text"] = "two\nlines";
    clip.place = i;
    c.clips.push_back(clip);
    index.clips.push_back({i / 2, frames[i], i == 1 ? 3 : 0, 16000, hash_of(x)});
    if (i != 1) index.speakers.push_back({clip.speaker, 0, {}});
    ++index.speakers.back().clips;
    index.speakers.back().sums.add(x);
  }
  return index;
}

std::string in(const TempFolder& folder, const char* name) {
  return read_text(folder / name, "test");
}

}  // namespace

TEST_CASE("An index is read as it was written", "[train][store]") {
  const TempFolder folder;
  const StoreIndex index = sample_index();
  write_index(index, folder.path);
  const StoreIndex again = read_index(folder.path);
  CHECK(again.clips == index.clips);
  CHECK(again.speakers == index.speakers);
  CHECK(again.shards == index.shards);
  CHECK(again.isa == "sse2");
  CHECK(again.settings == index.settings);
  CHECK(again.corpus.name == index.corpus.name);
  CHECK(again.corpus.class_names == index.corpus.class_names);
  REQUIRE(again.corpus.label_sets.size() == 1);
  CHECK(again.corpus.label_sets[0].only == index.corpus.label_sets[0].only);
  REQUIRE(again.corpus.folds.size() == 1);
  CHECK(again.corpus.folds[0].choose == std::vector<int>{2});
  REQUIRE(again.corpus.clips.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(again.corpus.clips[i].path == index.corpus.clips[i].path);
    CHECK(again.corpus.clips[i].columns == index.corpus.clips[i].columns);
    CHECK(again.corpus.clips[i].place == static_cast<int>(i));
  }
  StoreIndex latin = sample_index();
  latin.corpus.clips[0].path = "caf\xe9.wav";
  CHECK(has(refusal([&] { write_index(latin, folder.path); }), "caf\\xe9.wav"));
}

TEST_CASE("An index that does not fit together is refused", "[train][store]") {
  const auto refused = [](const auto& change) {
    const TempFolder folder;
    StoreIndex index = sample_index();
    change(index);
    write_index(index, folder.path);
    return refusal([&] { read_index(folder.path); });
  };
  CHECK(refused([](StoreIndex&) {}).empty());
  CHECK(has(refused([](StoreIndex& i) { i.clips[1].row = 2; }), "clips.csv line 3: is damaged"));
  CHECK(has(refused([](StoreIndex& i) { i.clips[2].shard = 2; }), "clips.csv line"));
  CHECK(has(refused([](StoreIndex& i) { i.clips[2].frames = 0; }), "clips.csv line"));
  CHECK(has(refused([](StoreIndex& i) { i.shards[1] = 5; }), "a shard that is not full"));
  CHECK(has(refused([](StoreIndex& i) { i.shards.push_back(7); }), "a shard that is not full"));
  CHECK(has(refused([](StoreIndex& i) { i.corpus.clips[0].label = 2; }), "got \"2\""));
  CHECK(has(refused([](StoreIndex& i) { i.speakers[0].clips = 1; }), "speakers.npz: expected"));
  CHECK(has(refused([](StoreIndex& i) { i.speakers.pop_back(); }), "speakers.npz: expected"));
}

TEST_CASE("no damage to an index gets past its reader", "[train][store]") {
  const TempFolder folder;
  write_index(sample_index(), folder.path);
  std::vector<std::uint8_t> good{2};
  for (const char* name : {"features.json", "clips.csv", "speakers.npz"}) {
    const std::string text = in(folder, name);
    good.insert(good.end(), text.begin(), text.end());
    good.push_back(0);
  }
  good.pop_back();
  REQUIRE(LLVMFuzzerTestOneInput(good.data(), good.size()) == 0);
  for (std::size_t n = 1; n < good.size(); n += 1 + good.size() / 300)
    REQUIRE(LLVMFuzzerTestOneInput(good.data(), n) == 0);
  for (std::uint64_t k = 0; k < 4000; ++k) {
    const Random random(1, k);
    std::vector<std::uint8_t> bytes = good;
    for (std::uint64_t change = 0; change <= k % 3; ++change) {
      const auto somewhere = [&](std::uint64_t draw) {
        return 1 + static_cast<std::size_t>(random.uniform(4 * change + draw) *
                                            static_cast<double>(bytes.size() - 9));
      };
      if (k % 3 == 0)
        std::copy_n(good.begin() + static_cast<std::ptrdiff_t>(somewhere(0)), 8,
                    bytes.begin() + static_cast<std::ptrdiff_t>(somewhere(1)));
      else
        bytes[somewhere(2)] = static_cast<std::uint8_t>(random.bits(16 * change + 9));
    }
    REQUIRE(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()) == 0);
  }
}
