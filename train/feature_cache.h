// Features computed once and kept: the second run over a corpus starts at once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/audio/features.h>
#include <sonant/train/clip_features.h>

namespace sonant {

// The features of a corpus in one file that others are to read in place of the sounds. It says
// which clips they are of, by the names and sizes of their files, and with which settings they were
// made. False, and nothing is changed, if there is such a file. Error if it cannot be written.
bool publish(const std::filesystem::path& file, const std::vector<ClipFeatures>& features,
             const std::vector<Clip>& clips, const FeatureSettings& settings);
// Error if it is damaged, or is of others than these clips and settings.
std::vector<ClipFeatures> read_published(const std::filesystem::path& file,
                                         const std::vector<Clip>& clips,
                                         const FeatureSettings& settings);

// A folder of safetensors files, one per corpus and settings. A file is named by a fingerprint of
// all that its numbers depend on, so nothing in it can be out of date; it appears whole or not at
// all, so any number of runs may share the folder. What is damaged is computed again. The entries
// that were not used for longest go when there are more than kEntries.
class FeatureCache {
 public:
  static constexpr int kEntries = 16;

  explicit FeatureCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Of the bytes of every clip's file, in order, of the settings, the instruction set (which may
  // round differently) and the revision of our feature code. Files are read in parallel. Nothing if
  // one of them cannot be read: then nothing is known of its bytes.
  static std::optional<std::string> key(const std::vector<Clip>& clips,
                                        const FeatureSettings& settings);

  // As many as there were clips, or nothing.
  std::optional<std::vector<ClipFeatures>> find(const std::string& key, std::size_t clips) const;
  // Error if the folder cannot be made or written to, or if one of the clips is `unread`.
  void store(const std::string& key, const std::vector<ClipFeatures>& clips) const;

 private:
  std::filesystem::path file(const std::string& key) const;
  void drop_oldest() const;

  std::filesystem::path folder_;
};

// $XDG_CACHE_HOME/sonant, else $HOME/.cache/sonant; empty without either.
std::filesystem::path default_cache_folder();

}  // namespace sonant
