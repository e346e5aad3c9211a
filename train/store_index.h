// What is known of a feature store without looking at a feature: docs/large_data.md has the format
// of its files.
//
//   features.json   whose features these are, and of how many frames each shard is
//   clips.csv       a line a clip: where its features lie, their hash, and what the corpus says
//   speakers.npz    sums of each speaker's frames, to normalise by
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/audio/features.h>
#include <sonant/audio/frame_sums.h>

namespace sonant {

// Where the features of a clip are.
struct StoredClip {
  int shard = 0, frames = 0;    // T
  std::int64_t row = 0;         // its first, in the shard's (N,F)
  int sample_rate = 0;          // Hz, as the sound has it; 0: it came as features
  std::array<char, 32> hash{};  // hash_of() its features
  bool operator==(const StoredClip&) const = default;
};
std::array<char, 32> hash_of(const Tensor<float>& features);

struct StoredSpeaker {
  int speaker = 0;         // Clip::speaker
  std::int64_t clips = 0;  // of the store
  FrameSums sums = {};
  bool operator==(const StoredSpeaker&) const = default;
};

struct StoreIndex {
  Corpus corpus;  // Clip::place is the clip's number in the store
  FeatureSettings settings;
  std::string isa;                      // of which they were computed
  int dims = 0;                         // F
  std::vector<std::int64_t> shards;     // frames of each
  std::vector<StoredClip> clips;        // by shard, and one behind the other: they fill them
  std::vector<StoredSpeaker> speakers;  // by number
};

bool is_store(const std::filesystem::path& folder);  // has a features.json

// features.json last: a folder without it is no store. Error for names that are not UTF-8.
void write_index(const StoreIndex& index, const std::filesystem::path& folder);
// Error, naming the file, if one is missing, damaged or not what features.json says: nothing in
// them is trusted.
StoreIndex read_index(const std::filesystem::path& folder);
// The files' bytes, without the hashes by which features.json knows the others.
StoreIndex parse_index(std::string_view json, std::string_view csv, std::span<const std::byte> npz,
                       const std::filesystem::path& folder);

std::string shard_name(int shard);  // shard-0.npy

}  // namespace sonant
