// A corpus' features in files that are mapped and not read, for corpora that no memory holds:
// docs/large_data.md. `sonant store` and store_features() write one.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/audio/features.h>
#include <sonant/core/mapped_file.h>
#include <sonant/core/tensor.h>
#include <sonant/train/store_index.h>

namespace sonant {

// Its functions may be called from any thread. A clip is named by its place, Clip::place.
class FeatureStore {
 public:
  // The folder's index without the corpus' clips. Error, naming the file, if a shard is missing or
  // has another size than the index says.
  FeatureStore(std::filesystem::path folder, StoreIndex index);

  const FeatureSettings& settings() const { return index_.settings; }
  int dims() const { return index_.dims; }  // F
  int clips() const { return static_cast<int>(index_.clips.size()); }
  const StoredClip& clip(int place) const;

  // (T,F), copied from its shard. Error, naming the file, if they are not those that were written.
  Tensor<float> features(int place) const;

  // What fits a normaliser without reading a feature: the sums of the speakers whose clips these
  // are, added in the order of their numbers. Nothing if it is not all clips of each.
  std::optional<Normaliser> normaliser(const Corpus& corpus, std::span<const int> clips) const;

  int shards() const { return static_cast<int>(index_.shards.size()); }
  int clips_in(int shard) const { return clips_in_[static_cast<std::size_t>(shard)]; }
  void will_need(int shard) const;  // the system begins to read it
  void give_back(int shard) const;  // it need not stay in memory

 private:
  struct Shard {
    std::once_flag once;
    std::optional<MappedFile> file;  // once a clip of it is asked for
  };
  const MappedFile& shard(int number) const;
  std::vector<std::byte> header(int shard) const;

  const std::filesystem::path folder_;
  StoreIndex index_;
  std::vector<int> clips_in_;  // [shards]
  std::unique_ptr<Shard[]> files_;
};

// What is learnt from: a corpus, and where its features are if they are in a store already.
struct Source {
  Corpus corpus;
  std::shared_ptr<const FeatureStore> store = {};  // or null: they are computed of the sounds
};
// A feature store's folder, else what open_corpus() takes.
Source open_source(const std::filesystem::path& path);

}  // namespace sonant
