// Writes a feature store (feature_store.h): a job for each shard, done by any number of processes
// that are given the same folder.
#pragma once

#include <cstdint>
#include <filesystem>

#include <sonant/train/dataset.h>
#include <sonant/train/experiment/claims.h>

namespace sonant {

struct StoreOptions {
  std::filesystem::path data;  // folder or manifest: open_corpus()
  FeatureSettings features = {};
  OnBadFile on_bad_file = OnBadFile::fail;
  std::filesystem::path out;    // the store's folder, made if need be
  double shard_megabytes = 64;  // what a shard has about, of 2^20 bytes; 16 clips are measured
  ClaimTimes times = {};
};

struct StoreResult {
  std::int64_t clips = 0, left_out = 0, frames = 0, bytes = 0;  // bytes: of features
  int shards = 0, here = 0;                                     // here: computed in this call
  bool interrupted = false;                                     // by stop(): nothing else is set
};

// What is done is not done again; whoever finds all shards done writes the index. Of `callbacks`
// opened, loading, note and stop are used. Error if the folder holds other features, or is worked
// on with another instruction set, which may round differently; for bad files, unless they are to
// be left out; and if nothing can be written.
StoreResult store_features(const StoreOptions& options, const Callbacks& callbacks = {});

}  // namespace sonant
