// Features computed once and kept: the second run over a corpus starts at once.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
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

// A folder of safetensors files. A sound is found in any of them by its bytes, whatever its file is
// called and whichever others it was computed with: `evaluate` on a part of a corpus that `train`
// has learnt computes nothing. Nothing in the folder can be out of date, and files appear whole or
// not at all, so any number of runs may share it. What is damaged is computed again. The files that
// were not used for longest go when there are more than kEntries.
class FeatureCache {
 public:
  static constexpr int kEntries = 16;

  // Of features by these settings, of sounds that are resampled to so many Hz (0: none is), by the
  // instruction set of now (which may round differently) and this revision of our feature code.
  FeatureCache(std::filesystem::path folder, const FeatureSettings& settings, int sample_rate = 0);

  // What tells the bytes of each clip's file; "" if it cannot be read. Files are read in parallel.
  static std::vector<std::string> contents(std::span<const Clip> clips);

  // What is kept of each; nothing where nothing is.
  std::vector<std::optional<ClipFeatures>> find(std::span<const std::string> contents) const;
  // But for those whose content is "". Error if the folder cannot be made or written to, or if one
  // of the clips is `unread`.
  void store(std::span<const std::string> contents, std::span<const ClipFeatures> clips) const;

 private:
  bool is_as_it_is(const ClipFeatures& clip) const;
  std::string prefix(int sample_rate) const;
  void drop_oldest() const;

  const std::filesystem::path folder_;
  const int sample_rate_;
  std::string settings_;  // a hash of them
};

// $XDG_CACHE_HOME/sonant, else $HOME/.cache/sonant; empty without either.
std::filesystem::path default_cache_folder();

}  // namespace sonant
