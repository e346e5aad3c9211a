#include <sonant/train/feature_cache.h>

#include <algorithm>
#include <cstdlib>

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
Json put_features(const std::vector<ClipFeatures>& clips, Safetensors& file) {
  Json reasons = Json::object(), notes = Json::object();
  std::vector<std::int64_t> rates;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    check(!clips[i].unread, "feature cache",
          "expects clips that were read, got: ", clips[i].reason);
    rates.push_back(clips[i].sample_rate);
    if (!clips[i].notes.empty()) notes[clip_name(i)] = clips[i].notes;
    if (clips[i].reason.empty())
      file.add(clip_name(i), clips[i].features);
    else
      reasons[clip_name(i)] = clips[i].reason;
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
  Safetensors file;
  Json json = put_features(features, file);
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

std::optional<std::string> FeatureCache::key(const std::vector<Clip>& clips,
                                             const FeatureSettings& settings) {
  std::vector<std::string> contents(clips.size());
  parallel_shards(static_cast<int>(clips.size()), [&](int i) {
    contents[static_cast<std::size_t>(i)] = file_hash(clips[static_cast<std::size_t>(i)].path);
  });
  if (std::count(contents.begin(), contents.end(), "") > 0) return std::nullopt;
  Hash hash;
  hash.add(kRevision);
  hash.add(find_front_end(settings.front_end).revision);
  hash.add(std::string_view(isa_name(active_isa())));
  hash.add(std::string_view(to_json(settings).dump()));
  for (const std::string& content : contents) hash.add(std::string_view(content));
  return hash.hex();
}

fs::path FeatureCache::file(const std::string& key) const {
  return folder_ / ("features-" + key + ".safetensors");
}

std::optional<std::vector<ClipFeatures>> FeatureCache::find(const std::string& key,
                                                            std::size_t clips) const {
  const fs::path path = file(key);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    Safetensors stored = Safetensors::read(path);
    auto all = features_in(stored, Json::parse(stored.metadata.at(kKey)), clips);
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);  // used just now
    return all;
  } catch (const std::exception&) {  // damaged: as good as absent, and replaced by store()
    return std::nullopt;
  }
}

void FeatureCache::store(const std::string& key, const std::vector<ClipFeatures>& clips) const {
  make_folder(folder_, "feature cache");
  Safetensors file_of_clips;
  file_of_clips.metadata[kKey] = put_features(clips, file_of_clips).dump();
  file_of_clips.write(file(key));
  drop_oldest();
}

void FeatureCache::drop_oldest() const {
  std::error_code ignored;  // another run may tidy up at the same time
  std::vector<std::pair<fs::file_time_type, fs::path>> entries;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().native();
    if (name.starts_with("features-") && name.ends_with(".safetensors"))
      entries.emplace_back(fs::last_write_time(entry.path(), ignored), entry.path());
  }
  std::sort(entries.begin(), entries.end());
  for (std::size_t i = 0; i + kEntries < entries.size(); ++i) {
    fs::remove(entries[i].second, ignored);
  }
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
