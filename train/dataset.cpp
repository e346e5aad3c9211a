#include <sonant/train/dataset.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include <sonant/core/error.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/clip_features.h>
#include <sonant/train/feature_cache.h>
#include <sonant/train/hash.h>

namespace sonant {
namespace {

// Computed, and put into the cache if that is possible: one that cannot be written to costs time,
// no more.
std::optional<std::vector<ClipFeatures>> compute_and_keep(const std::vector<Clip>& clips,
                                                          std::vector<std::string> contents,
                                                          const FeatureCache& cache,
                                                          const LoadOptions& options,
                                                          const Callbacks& callbacks) {
  auto computed = compute_features(clips, options.features, options.sample_rate, callbacks);
  if (!computed) return std::nullopt;
  for (std::size_t i = 0; i < clips.size(); ++i)
    if ((*computed)[i].unread) contents[i].clear();  // not what will be read tomorrow
  try {
    cache.store(contents, *computed);
  } catch (const Error& error) {
    if (callbacks.note) callbacks.note(std::string("features are not kept: ") + error.what());
  }
  return computed;
}

// From the cache, and what is not there computed.
std::optional<std::vector<ClipFeatures>> load_or_compute(const std::vector<Clip>& clips,
                                                         const LoadOptions& options,
                                                         const Callbacks& callbacks) {
  if (options.cache.empty() || find_front_end(options.features.front_end).of_files)
    return compute_features(clips, options.features, options.sample_rate, callbacks);
  FeatureExtractor extract(options.features);
  const bool has_rate = extract.front_end().sample_rate() > 0;  // to which it resamples itself
  const FeatureCache cache(options.cache, options.features, has_rate ? 0 : options.sample_rate);
  const std::vector<std::string> contents = FeatureCache::contents(clips);
  auto found = cache.find(contents);
  std::vector<Clip> missing;
  std::vector<std::string> of_missing;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    if (found[i]) continue;
    missing.push_back(clips[i]);
    of_missing.push_back(contents[i]);
  }
  std::vector<ClipFeatures> computed;
  if (!missing.empty()) {
    auto all = compute_and_keep(missing, std::move(of_missing), cache, options, callbacks);
    if (!all) return std::nullopt;
    computed = std::move(*all);
  }
  std::vector<ClipFeatures> all;
  for (std::size_t i = 0, next = 0; i < clips.size(); ++i)
    all.push_back(std::move(found[i] ? *found[i] : computed[next++]));
  return all;
}

std::optional<std::vector<ClipFeatures>> load_all(const std::vector<Clip>& clips,
                                                  const LoadOptions& options,
                                                  const Callbacks& callbacks) {
  const std::filesystem::path& file = options.published;
  if (file.empty()) return load_or_compute(clips, options, callbacks);
  if (std::filesystem::exists(file)) return read_published(file, clips, options.features);
  std::optional<std::vector<ClipFeatures>> all = load_or_compute(clips, options, callbacks);
  const auto unread = [](const ClipFeatures& clip) { return clip.unread; };
  if (!all || std::any_of(all->begin(), all->end(), unread)) return all;
  if (publish(file, *all, clips, options.features)) return all;
  return read_published(file, clips, options.features);
}

// One round of so many over all clips, in which what is known already counts as done.
Callbacks round_of(const Callbacks& callbacks, std::size_t round, std::size_t rounds,
                   std::size_t clips) {
  Callbacks its = callbacks;
  if (callbacks.loading)
    its.loading = [=, loading = callbacks.loading](std::size_t done, std::size_t total) {
      loading((round + 1) * clips - total + done, rounds * clips);
    };
  return its;
}

// Those of the clips at each speed; of one that has none there, nothing.
std::optional<std::vector<std::vector<ClipFeatures>>> load_copies(const std::vector<Clip>& clips,
                                                                  const LoadOptions& options,
                                                                  const Callbacks& callbacks) {
  std::vector<std::vector<ClipFeatures>> copies;
  const std::size_t rounds = options.speeds.size() + 1;
  for (const double speed : options.speeds) {
    LoadOptions its = options;
    its.features.around.speed *= speed;
    if (!its.published.empty())
      its.published.replace_filename("clips-" + shortest_decimal(speed) + ".safetensors");
    auto all = load_all(clips, its, round_of(callbacks, copies.size(), rounds, clips.size()));
    if (!all) return std::nullopt;
    copies.push_back(std::move(*all));
  }
  return copies;
}

std::string_view text_of(const std::array<char, 32>& hash) { return {hash.data(), hash.size()}; }

// Columns that are learnt are part of what the data are.
std::string fingerprint_of(const Dataset& data, const std::vector<std::string>& columns) {
  Hash hash;
  for (const std::string& name : data.corpus.class_names) hash.add(name);
  for (std::size_t i = 0; i < data.corpus.clips.size(); ++i) {
    const Clip& clip = data.corpus.clips[i];
    hash.add(clip.path.filename().native());
    hash.add(clip.label);
    hash.add(clip.speaker_name);
    if (data.store)
      hash.add(text_of(data.store->clip(clip.place).hash));
    else
      hash.add(data.features[i]);
    for (const std::string& column : columns) hash.add(clip.column(column));
  }
  return hash.hex();
}

// At most three of them, one line each, and how many more there are.
void note_first(const std::vector<std::string>& lines, const std::string& what,
                const Callbacks& callbacks) {
  constexpr std::size_t most = 3;
  if (!callbacks.note) return;
  for (std::size_t i = 0; i < std::min(most, lines.size()); ++i) callbacks.note(lines[i]);
  if (lines.size() > most)
    callbacks.note(std::to_string(lines.size() - most) + " more " + what + " like the " +
                   std::to_string(most) + " above");
}

std::string with_speaker(const Clip& clip) {
  return printable(clip.path.native()) + " (speaker " + printable(clip.speaker_name) + ")";
}

// Equal features at equal rates come from equal samples.
void find_same_samples(Dataset& data, const Callbacks& callbacks) {
  std::map<std::array<char, 32>, std::vector<int>> clips_of;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < data.corpus.clips.size(); ++i) {
    const Clip& clip = data.corpus.clips[i];
    const auto hash = data.store ? data.store->clip(clip.place).hash : hash_of(data.features[i]);
    std::vector<int>& same = clips_of[hash];
    for (const int other : same) {
      const Clip& first = data.corpus.clips[static_cast<std::size_t>(other)];
      if (first.speaker == clip.speaker) continue;
      data.same_samples.emplace_back(other, static_cast<int>(i));
      lines.push_back("the same samples under two speakers: " + with_speaker(first) + " and " +
                      with_speaker(clip));
      break;
    }
    same.push_back(static_cast<int>(i));
  }
  note_first(lines, "pairs of files", callbacks);
}

void note_sample_rates(const std::map<int, std::size_t>& rates, const LoadOptions& options,
                       const Callbacks& callbacks) {
  FeatureExtractor extract(options.features);
  if (extract.front_end().sample_rate() > 0 || find_front_end(options.features.front_end).of_files)
    return;  // its features mean the same whatever the files' rate is
  const bool one = rates.size() == 1;
  if (!callbacks.note || (one && (options.sample_rate == 0 || rates.contains(options.sample_rate))))
    return;
  std::string text;
  for (const auto& [hertz, files] : rates) {
    if (!text.empty()) text += ", ";
    text += std::to_string(files) + " at " + std::to_string(hertz) + " Hz";
  }
  if (options.sample_rate == 0)
    callbacks.note("files of several sample rates (" + text +
                   ") and nothing is resampled: their features differ in meaning");
  else
    callbacks.note("files of other sample rates (" + text + ") resampled to " +
                   std::to_string(options.sample_rate) + " Hz");
}

void note_ignored_columns(const Corpus& corpus, const LoadOptions& options,
                          const Callbacks& callbacks) {
  std::string ignored;
  for (const std::string& name : corpus.unusual)
    if (std::ranges::count(options.columns, name) == 0)
      ignored += (ignored.empty() ? "" : ", ") + name;
  if (callbacks.note && !ignored.empty())
    callbacks.note(corpus.name + ": columns ignored: " + ignored);
}

}  // namespace

std::int64_t Dataset::frames() const {
  std::int64_t sum = 0;
  for (int i = 0; i < clips(); ++i) sum += frames_of(i);
  return sum;
}

int Dataset::dims() const {
  return store ? store->dims() : static_cast<int>(features.at(0).dim(1));
}

int Dataset::frames_of(int clip) const {
  const auto i = static_cast<std::size_t>(clip);
  return store ? store->clip(corpus.clips.at(i).place).frames
               : static_cast<int>(features.at(i).dim(0));
}

const Tensor<float>& Dataset::features_of(int clip, Tensor<float>& room) const {
  const auto i = static_cast<std::size_t>(clip);
  if (!store) return features.at(i);
  return room = store->features(corpus.clips.at(i).place);
}

void refuse_bad_files(const std::vector<BadFile>& bad, std::size_t all) {
  if (bad.empty()) return;
  const bool one = bad.size() == 1;
  fail("load_dataset",
       one ? ""
           : std::to_string(bad.size()) + " of " + std::to_string(all) + " files cannot be used: ",
       summary(bad), "; --on-bad-file skip leaves ", one ? "it" : "them", " out");
}

Dataset load_dataset(Corpus corpus, const LoadOptions& options, const Callbacks& callbacks) {
  constexpr const char* op = "load_dataset";
  const bool strict = options.on_bad_file == OnBadFile::fail;
  if (callbacks.note)
    for (const std::string& note : corpus.notes) callbacks.note(note);
  note_ignored_columns(corpus, options, callbacks);
  const std::size_t files = corpus.clips.size() + corpus.bad.size();
  if (strict) refuse_bad_files(corpus.bad, files);
  Dataset data;
  data.settings = options.features;
  // First, as whoever finds the clips' own features takes it that the copies' are there.
  auto copies = load_copies(corpus.clips, options, callbacks);
  std::optional<std::vector<ClipFeatures>> loaded;
  const std::size_t before = options.speeds.size();
  if (copies)
    loaded = load_all(corpus.clips, options,
                      round_of(callbacks, before, before + 1, corpus.clips.size()));
  if (!loaded) {
    data.interrupted = true;
    return data;
  }
  data.copies.resize(copies->size());
  std::vector<ClipFeatures>& all = *loaded;
  std::vector<int> good;
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& path = corpus.clips[i].path;
    const std::string& reason = all[i].reason;
    if (reason.empty()) {
      good.push_back(static_cast<int>(i));
      for (const std::string& note : all[i].notes)
        notes.push_back(printable(path.native()) + ": " + note);
      for (std::size_t k = 0; k < copies->size(); ++k) {
        ClipFeatures& copy = (*copies)[k][i];  // a fast one may be too short for a frame
        data.copies[k].push_back(copy.reason.empty() ? std::move(copy.features) : all[i].features);
      }
      data.features.push_back(std::move(all[i].features));
      ++data.sample_rates[all[i].sample_rate];
    } else {
      corpus.bad.push_back({path, reason});
    }
  }
  if (strict) refuse_bad_files(corpus.bad, files);
  check(!good.empty(), op, corpus.name, ": none of ", files,
        " files can be used: ", summary(corpus.bad));
  note_first(notes, "notes", callbacks);
  note_sample_rates(data.sample_rates, options, callbacks);
  data.corpus = select_clips(corpus, good);
  find_same_samples(data, callbacks);
  data.fingerprint = fingerprint_of(data, options.columns);
  return data;
}

namespace {

// Features that are in a store already: they must be those that are asked for.
Dataset stored_dataset(Source source, const LoadOptions& options, const Callbacks& callbacks) {
  constexpr const char* op = "load_dataset";
  const FeatureStore& store = *source.store;
  const std::string difference = first_difference(store.settings(), options.features);
  check(difference.empty(), op, "the feature store has other features: ", difference,
        "; expected the same, or a store of those that are wanted");
  if (callbacks.note)
    for (const std::string& note : source.corpus.notes) callbacks.note(note);
  note_ignored_columns(source.corpus, options, callbacks);
  Dataset data;
  data.settings = options.features;
  data.corpus = std::move(source.corpus);
  data.store = std::move(source.store);
  for (const Clip& clip : data.corpus.clips)
    ++data.sample_rates[data.store->clip(clip.place).sample_rate];
  FeatureExtractor extract(options.features);
  const bool of_rate = extract.front_end().sample_rate() == 0 &&
                       !find_front_end(options.features.front_end).of_files;
  for (const auto& [hertz, clips] : data.sample_rates)
    check(!of_rate || options.sample_rate == 0 || hertz == options.sample_rate, op,
          "the feature store has ", clips, " clips of ", hertz, " Hz; expected ",
          options.sample_rate, " Hz, or the sounds, which are resampled");
  note_sample_rates(data.sample_rates, options, callbacks);
  find_same_samples(data, callbacks);
  data.fingerprint = fingerprint_of(data, options.columns);
  return data;
}

}  // namespace

Dataset load_dataset(Source source, const LoadOptions& options, const Callbacks& callbacks) {
  if (source.store) return stored_dataset(std::move(source), options, callbacks);
  return load_dataset(std::move(source.corpus), options, callbacks);
}

Corpus select_clips(const Corpus& corpus, std::span<const int> clips) {
  Corpus selected = corpus;
  selected.clips.clear();
  for (int i : clips) selected.clips.push_back(corpus.clips.at(static_cast<std::size_t>(i)));
  return selected;
}

Normaliser fit_normaliser(const Dataset& data, std::span<const int> clips) {
  Tensor<float> room;
  return fit_normaliser<float>(clips.size(), [&](std::size_t k) -> const Tensor<float>& {
    return data.features_of(clips[k], room);
  });
}

Normaliser normalise(Dataset& data, std::span<const int> fit_on) {
  const Normaliser normaliser = fit_normaliser(data, fit_on);
  for (Tensor<float>& x : data.features) x = normaliser.apply(std::move(x));
  return normaliser;
}

}  // namespace sonant
