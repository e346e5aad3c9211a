#include <sonant/train/feature_cache.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <ranges>
#include <set>

#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/parallel.h>
#include <sonant/nn/safetensors.h>
#include <sonant/train/hash.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;

constexpr int kRevision = 2;  // raised whenever the same sound would give other features
constexpr const char* kKey = "sonant_features";
constexpr const char* kPublished = "features";

std::string clip_name(std::size_t i) { return "clip_" + std::to_string(i); }

// Empty if the file cannot be read.
std::string file_hash(const fs::path& path) {
  Hash hash;
  try {
    hash.add(std::span<const std::byte>(read_file(path, "feature cache")));
  } catch (const Error&) {
    return {};
  }
  return hash.hex();
}

// Into the file, and what of them are no numbers.
Json put_features(std::span<const ClipFeatures* const> clips, Safetensors& file) {
  Json reasons = Json::object(), notes = Json::object();
  std::vector<std::int64_t> rates;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const ClipFeatures& clip = *clips[i];
    check(!clip.unread, "feature cache", "expects clips that were read, got: ", clip.reason);
    rates.push_back(clip.sample_rate);
    if (!clip.notes.empty()) notes[clip_name(i)] = clip.notes;
    if (clip.reason.empty())
      file.add(clip_name(i), clip.features);
    else
      reasons[clip_name(i)] = clip.reason;
  }
  file.add("sample_rate", Shape{static_cast<std::int64_t>(rates.size())}, rates);
  return {{"revision", kRevision}, {"reasons", reasons}, {"notes", notes}};
}

// What put_features() has put there; nothing if it is of another number of clips.
std::optional<std::vector<ClipFeatures>> features_in(Safetensors& file, const Json& json,
                                                     std::size_t clips) {
  std::vector<ClipFeatures> all(clips);
  const auto rates = file.integers("sample_rate");
  if (rates.size() != clips) return std::nullopt;
  for (std::size_t i = 0; i < clips; ++i) {
    all[i].sample_rate = static_cast<int>(rates[i]);
    const std::string name = clip_name(i);
    if (json.at("reasons").contains(name))
      all[i].reason = json.at("reasons").at(name);
    else
      all[i].features = file.take<float>(name);
    if (json.at("notes").contains(name))
      all[i].notes = json.at("notes").at(name).get<std::vector<std::string>>();
  }
  return all;
}

// What a file of the cache has.
struct Kept {
  std::vector<std::string> contents;
  std::vector<ClipFeatures> clips;
};

Kept read_entry(const fs::path& path) {
  Safetensors file = Safetensors::read(path);
  const Json json = Json::parse(file.metadata.at(kKey));
  Kept kept{json.at("contents").get<std::vector<std::string>>(), {}};
  auto clips = features_in(file, json, kept.contents.size());
  check(clips.has_value(), "feature cache", path.native(), ": is of another number of clips");
  kept.clips = std::move(*clips);
  return kept;
}

// The cache's files whose names begin so, what was used last behind.
std::vector<fs::path> entries(const fs::path& folder, const std::string& prefix) {
  std::error_code ignored;  // another run may tidy up at the same time
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().native();
    if (name.starts_with(prefix) && name.ends_with(".safetensors"))
      found.emplace_back(fs::last_write_time(entry.path(), ignored), entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> all;
  for (auto& [time, path] : found) all.push_back(std::move(path));
  return all;
}

// What tells these sounds from others without reading them.
std::string names_and_sizes(const std::vector<Clip>& clips) {
  Hash hash;
  for (const Clip& clip : clips) {
    std::error_code none;
    hash.add(clip.path.filename().native());
    hash.add(static_cast<std::uint64_t>(fs::file_size(clip.path, none)));
  }
  return hash.hex();
}

}  // namespace

bool publish(const fs::path& path, const std::vector<ClipFeatures>& features,
             const std::vector<Clip>& clips, const FeatureSettings& settings) {
  std::vector<const ClipFeatures*> all;
  for (const ClipFeatures& clip : features) all.push_back(&clip);
  Safetensors file;
  Json json = put_features(all, file);
  json["clips"] = names_and_sizes(clips);
  json["settings"] = to_json(settings);
  file.metadata[kKey] = json.dump();
  const std::vector<std::byte> bytes = file.bytes();
  return create_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kPublished);
}

std::vector<ClipFeatures> read_published(const fs::path& path, const std::vector<Clip>& clips,
                                         const FeatureSettings& settings) {
  std::optional<std::vector<ClipFeatures>> all;
  Json json;
  try {
    Safetensors file = Safetensors::read(path, std::size_t{1} << 40);
    json = Json::parse(file.metadata.at(kKey));
    all = features_in(file, json, file.integers("sample_rate").size());
    if (json.at("clips") != names_and_sizes(clips)) all.reset();
    json = json.at("settings");
  } catch (const std::exception& error) {
    fail(kPublished, path.native(), ": is damaged: ", error.what(),
         "; remove it to have it made anew");
  }
  const std::string experiment = path.parent_path().parent_path().native();
  check(all && all->size() == clips.size(), kPublished, experiment,
        ": holds another experiment; the sounds are others; give another folder");
  const std::string difference = first_difference(features_from(json), settings);
  check(difference.empty(), kPublished, experiment, ": holds another experiment; ", difference,
        "; repeat its settings to go on with it, or give another folder");
  return std::move(*all);
}

FeatureCache::FeatureCache(fs::path folder, const FeatureSettings& settings, int sample_rate)
    : folder_(std::move(folder)), sample_rate_(sample_rate) {
  Hash hash;
  hash.add(kRevision);
  hash.add(find_front_end(settings.front_end).revision);
  hash.add(std::string_view(isa_name(active_isa())));
  hash.add(std::string_view(to_json(settings).dump()));
  settings_ = hash.hex();
}

std::vector<std::string> FeatureCache::contents(std::span<const Clip> clips) {
  std::vector<std::string> all(clips.size());
  parallel_shards(static_cast<int>(clips.size()), [&](int i) {
    all[static_cast<std::size_t>(i)] = file_hash(clips[static_cast<std::size_t>(i)].path);
  });
  return all;
}

// A sound that has the rate already is not resampled: its features are kept as those of no rate.
bool FeatureCache::is_as_it_is(const ClipFeatures& clip) const {
  return sample_rate_ == 0 || clip.sample_rate == sample_rate_ || clip.sample_rate == 0;
}

std::string FeatureCache::prefix(int sample_rate) const {
  return "features-" + settings_ + "-" + std::to_string(sample_rate) + "-";
}

std::vector<std::optional<ClipFeatures>> FeatureCache::find(
    std::span<const std::string> contents) const {
  std::vector<std::optional<ClipFeatures>> all(contents.size());
  std::multimap<std::string, std::size_t> wanted;  // their places
  for (std::size_t i = 0; i < contents.size(); ++i)
    if (!contents[i].empty()) wanted.emplace(contents[i], i);
  const auto take = [&](const fs::path& file, int rate) {
    bool used = false;
    try {
      Kept kept = read_entry(file);
      for (std::size_t k = 0; k < kept.clips.size(); ++k) {
        if (rate != sample_rate_ && !is_as_it_is(kept.clips[k])) continue;
        const auto [first, last] = wanted.equal_range(kept.contents[k]);
        if (first == last) continue;
        used = true;
        all[first->second] = std::move(kept.clips[k]);
        for (auto at = std::next(first); at != last; ++at) all[at->second] = all[first->second];
        wanted.erase(first, last);
      }
    } catch (const std::exception&) {  // damaged: as good as absent
    }
    std::error_code ignored;  // used just now
    if (used) fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
  };
  for (const int rate : std::set{0, sample_rate_})
    for (const fs::path& file : entries(folder_, prefix(rate)) | std::views::reverse)
      if (!wanted.empty()) take(file, rate);
  return all;
}

void FeatureCache::store(std::span<const std::string> contents,
                         std::span<const ClipFeatures> clips) const {
  make_folder(folder_, "feature cache");
  for (const int rate : std::set{0, sample_rate_}) {
    std::vector<std::string> kept;
    std::vector<const ClipFeatures*> features;
    Hash name;
    for (std::size_t i = 0; i < clips.size(); ++i) {
      if (contents[i].empty() || (is_as_it_is(clips[i]) ? 0 : sample_rate_) != rate) continue;
      kept.push_back(contents[i]);
      features.push_back(&clips[i]);
      name.add(std::string_view(contents[i]));
    }
    if (kept.empty()) continue;
    Safetensors file;
    Json json = put_features(features, file);
    json["contents"] = kept;
    file.metadata[kKey] = json.dump();
    file.write(folder_ / (prefix(rate) + name.hex() + ".safetensors"));
  }
  drop_oldest();
}

void FeatureCache::drop_oldest() const {
  std::error_code ignored;  // another run may tidy up at the same time
  const std::vector<fs::path> all = entries(folder_, "features-");
  for (std::size_t i = 0; i + kEntries < all.size(); ++i) fs::remove(all[i], ignored);
}

fs::path default_cache_folder() {
  for (const auto& [variable, below] :
       {std::pair{"XDG_CACHE_HOME", "sonant"}, std::pair{"HOME", ".cache/sonant"}}) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr && *folder == '/') return fs::path(folder) / below;
  }
  return {};
}

}  // namespace sonant
