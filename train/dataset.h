// A corpus and its features: in memory, one float tensor for every utterance, or in a store.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/audio/features.h>
#include <sonant/audio/normaliser.h>
#include <sonant/train/feature_store.h>
#include <sonant/train/progress.h>

namespace sonant {

struct Dataset {
  Corpus corpus;  // clips[i] has features[i]; files that could not be used are in corpus.bad
  FeatureSettings settings;
  std::vector<Tensor<float>> features;        // (T_i, F); none, if they are in the store
  std::shared_ptr<const FeatureStore> store;  // or null
  // Of LoadOptions::speeds, the features of each utterance at that speed.
  std::vector<std::vector<Tensor<float>>> copies = {};
  // Of file names, labels, speakers and unnormalised features; of a store's another one.
  std::string fingerprint;
  // Hz -> clips, as the files have it. Unless they are resampled, features of clips with another
  // rate mean something else.
  std::map<int, std::size_t> sample_rates;
  // Pairs of clips that have the same samples under two speakers: wherever one is learnt from, the
  // other cannot judge.
  std::vector<std::pair<int, int>> same_samples;
  bool interrupted = false;  // stopped while loading: nothing else is to be used

  int clips() const { return static_cast<int>(corpus.clips.size()); }
  std::int64_t frames() const;                                                 // sum of T_i
  int frames_of(int clip) const;                                               // T_i
  int dims() const;                                                            // F
  int classes() const { return static_cast<int>(corpus.class_names.size()); }  // C
  // Those in memory; from a store they are read to `room`. Error as FeatureStore::features().
  const Tensor<float>& features_of(int clip, Tensor<float>& room) const;
};

enum class OnBadFile {
  fail,  // the first file that cannot be used is an Error
  skip,  // it goes to Dataset::corpus.bad with the reason
};
constexpr std::array<std::string_view, 2> words_of(OnBadFile) { return {"fail", "skip"}; }

struct LoadOptions {
  FeatureSettings features = {};
  int sample_rate = 0;                    // Hz, to which every sound is resampled; 0: none is
  std::vector<std::string> columns = {};  // of the corpus, that are learnt or judged
  OnBadFile on_bad_file = OnBadFile::fail;
  std::vector<double> speeds = {};   // of copies to augment with: AroundFrontEnd::speed
  std::filesystem::path cache = {};  // folder of features computed earlier; empty: none is used
  // A file with the features of all clips: read if it is there, and the sounds are not; else
  // written once they are computed. Of several who write it the first wins, and all go on with what
  // is in it. Empty: there is none.
  std::filesystem::path published = {};
};

// Decodes every clip and extracts its features, files in parallel; the result does not depend on
// the number of threads, nor on the cache (feature_cache.h). A clip is bad, too, if its features
// are not finite as floats. Error if none is left. Noted are files whose headers are wrong by a
// little, the same samples under two speakers, and sample rates that differ. Of `callbacks`
// loading, note and stop are used.
Dataset load_dataset(Corpus corpus, const LoadOptions& options = {},
                     const Callbacks& callbacks = {});
// The same for open_source(). Of a store nothing is read but its index. Error if its features are
// others than those asked for, or of sounds with another rate than one that is asked for.
Dataset load_dataset(Source source, const LoadOptions& options, const Callbacks& callbacks = {});

// A dataset as a model sees it: normalised when a batch is made, so that any number of trainings
// share one copy of the features. The dataset must outlive it.
class DataView {
 public:
  DataView(const Dataset& data) : data_(&data) {}  // as it is
  DataView(const Dataset& data, Normaliser normaliser)
      : data_(&data), normaliser_(std::move(normaliser)) {}

  const Dataset& data() const { return *data_; }
  Tensor<float> normalised(Tensor<float> frames) const {
    return normaliser_ ? normaliser_->apply(std::move(frames)) : std::move(frames);
  }

 private:
  const Dataset* data_;
  std::optional<Normaliser> normaliser_;
};

// Error that names the first of them, unless there is none: all that is wrong in one line, so that
// nobody mends a hundred files one run at a time. all: files, these among them.
void refuse_bad_files(const std::vector<BadFile>& bad, std::size_t all);

// The corpus with only these of its clips, in this order.
Corpus select_clips(const Corpus& corpus, std::span<const int> clips);

// Fits mean and deviation on these clips, in double; all of them are read. With clips of the
// training speakers only nothing is learnt from those who judge; the published protocol fits on
// all.
Normaliser fit_normaliser(const Dataset& data, std::span<const int> clips);
// The same, and normalises all clips in place.
Normaliser normalise(Dataset& data, std::span<const int> fit_on);

}  // namespace sonant
