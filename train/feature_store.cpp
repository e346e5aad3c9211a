#include <sonant/train/feature_store.h>

#include <algorithm>
#include <cstring>
#include <map>

#include <sonant/core/error.h>
#include <sonant/core/npy.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "feature store";

}  // namespace

FeatureStore::FeatureStore(fs::path folder, StoreIndex index)
    : folder_(std::move(folder)), index_(std::move(index)) {
  index_.corpus = {};
  clips_in_.resize(index_.shards.size());
  for (const StoredClip& clip : index_.clips) ++clips_in_[static_cast<std::size_t>(clip.shard)];
  files_ = std::make_unique<Shard[]>(index_.shards.size());
  for (int k = 0; k < shards(); ++k) {  // before hours of work
    const fs::path path = folder_ / shard_name(k);
    const std::size_t expected =
        header(k).size() + sizeof(float) * static_cast<std::size_t>(index_.dims) *
                               static_cast<std::size_t>(index_.shards[static_cast<std::size_t>(k)]);
    std::error_code error;
    const auto size = fs::file_size(path, error);
    check(!error, kAt, path.native(), ": ", error.message(), "; expected what sonant store wrote");
    check(size == expected, kAt, path.native(), ": has ", size, " bytes, of ", expected,
          "; expected the file as sonant store wrote it");
  }
}

const StoredClip& FeatureStore::clip(int place) const {
  return index_.clips.at(static_cast<std::size_t>(place));
}

std::vector<std::byte> FeatureStore::header(int shard) const {
  return npy_header("<f4", Shape{index_.shards[static_cast<std::size_t>(shard)], index_.dims});
}

const MappedFile& FeatureStore::shard(int number) const {
  Shard& shard = files_[static_cast<std::size_t>(number)];
  std::call_once(shard.once, [&] {
    const std::vector<std::byte> expected = header(number);
    const std::size_t numbers =
        static_cast<std::size_t>(index_.shards[static_cast<std::size_t>(number)] * index_.dims);
    const fs::path path = folder_ / shard_name(number);
    shard.file.emplace(path, expected.size() + numbers * sizeof(float), kAt);
    check(std::ranges::equal(shard.file->bytes().first(expected.size()), expected), kAt,
          path.native(), ": is not the array that the index says; expected the file as sonant ",
          "store wrote it");
  });
  return *shard.file;
}

Tensor<float> FeatureStore::features(int place) const {
  const StoredClip& at = clip(place);
  const std::span<const std::byte> bytes = shard(at.shard).bytes();
  const std::size_t row = sizeof(float) * static_cast<std::size_t>(index_.dims);
  const std::size_t all =
      row * static_cast<std::size_t>(index_.shards[static_cast<std::size_t>(at.shard)]);
  auto x = Tensor<float>::uninitialized({at.frames, index_.dims});
  std::memcpy(x.data(),
              bytes.data() + (bytes.size() - all) + row * static_cast<std::size_t>(at.row),
              row * static_cast<std::size_t>(at.frames));
  check(hash_of(x) == at.hash, kAt, (folder_ / shard_name(at.shard)).native(), ": rows ", at.row,
        " to ", at.row + at.frames - 1, " are not those that were written; expected the file as ",
        "sonant store wrote it");
  return x;
}

std::optional<Normaliser> FeatureStore::normaliser(const Corpus& corpus,
                                                   std::span<const int> clips) const {
  std::map<int, std::int64_t> chosen;
  for (const int i : clips) ++chosen[corpus.clips.at(static_cast<std::size_t>(i)).speaker];
  FrameSums sums;
  std::size_t found = 0;
  for (const StoredSpeaker& speaker : index_.speakers) {
    const auto its = chosen.find(speaker.speaker);
    if (its == chosen.end()) continue;
    if (its->second != speaker.clips) return std::nullopt;
    sums.add(speaker.sums);
    ++found;
  }
  if (found < chosen.size()) return std::nullopt;
  return sums.normaliser();
}

void FeatureStore::will_need(int number) const { shard(number).will_need(); }
void FeatureStore::give_back(int number) const { shard(number).give_back(); }

Source open_source(const fs::path& path) {
  if (!is_store(path)) return {open_corpus(path)};
  StoreIndex index = read_index(path);
  Source source{std::move(index.corpus)};
  source.store = std::make_shared<const FeatureStore>(path, std::move(index));
  return source;
}

}  // namespace sonant
