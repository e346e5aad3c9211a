#include <sonant/audio/features.h>

#include <algorithm>
#include <cmath>

#include <sonant/audio/resample.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr std::string_view kGroup = "Features";

constexpr std::array kAround{
    setting<&AroundFrontEnd::speed>("speed",
                                    "how many times faster sounds are played, pitch and all")
        .in(kGroup)
        .between(0.1, 10),
    setting<&AroundFrontEnd::seconds>("seconds",
                                      "length that every sound is brought to; 0: its own")
        .in(kGroup)
        .between(0, 3600),
    setting<&AroundFrontEnd::utterance>("utterance", "what each utterance is normalised by")
        .in(kGroup),
    setting<&AroundFrontEnd::utterance_share>("utterance_share", "how much of that is taken out")
        .in(kGroup)
        .between(0, 1),
    setting<&AroundFrontEnd::deltas>("deltas", "order of the deltas put behind the features")
        .in(kGroup)
        .between(0, 2),
    setting<&AroundFrontEnd::delta_width>("delta_width",
                                          "frames on each side that a delta looks at")
        .in(kGroup)
        .between(1, 100),
    setting<&AroundFrontEnd::pool>("pool", "frames that become one, their mean")
        .in(kGroup)
        .between(1, 1000)};

// As a tape that runs faster: recorded at another rate than it says.
Sound at_speed(Sound sound, double speed) {
  const int rate = sound.sample_rate;
  sound.sample_rate = static_cast<int>(std::lround(rate * speed));
  sound = resample(std::move(sound), rate);
  sound.sample_rate = rate;
  return sound;
}

// The middle of the sound, or the sound in the middle of silence.
Sound of_length(Sound sound, double seconds) {
  const auto wanted = static_cast<std::ptrdiff_t>(std::llround(seconds * sound.sample_rate));
  std::vector<double>& x = sound.samples;
  const std::ptrdiff_t surplus = std::ssize(x) - wanted;
  if (surplus > 0) {
    x.erase(x.begin(), x.begin() + surplus / 2);
    x.resize(static_cast<std::size_t>(wanted));
  } else {
    x.insert(x.begin(), static_cast<std::size_t>(-surplus / 2), 0.0);
    x.resize(static_cast<std::size_t>(wanted), 0.0);
  }
  return sound;
}

void normalise_utterance(Tensor<double>& x, const AroundFrontEnd& around) {
  const std::int64_t frames = x.dim(0);
  for (std::int64_t f = 0; f < x.dim(1); ++f) {
    double mean = 0, variance = 0;
    for (std::int64_t t = 0; t < frames; ++t) mean += x(t, f);
    mean /= static_cast<double>(frames);
    for (std::int64_t t = 0; t < frames; ++t) variance += (x(t, f) - mean) * (x(t, f) - mean);
    const double deviation = std::sqrt(variance / static_cast<double>(frames));
    double scale = 1;
    if (around.utterance == UtteranceNorm::mean_variance)
      scale = deviation > 1e-10 ? std::pow(deviation, -around.utterance_share) : 0;
    for (std::int64_t t = 0; t < frames; ++t)
      x(t, f) = (x(t, f) - around.utterance_share * mean) * scale;
  }
}

// Columns [to, to + count) become the deltas of columns [from, from + count).
void put_deltas(Tensor<double>& x, std::int64_t from, std::int64_t to, std::int64_t count,
                int width) {
  const std::int64_t last = x.dim(0) - 1;
  double norm = 0;
  for (int n = 1; n <= width; ++n) norm += 2.0 * n * n;
  for (std::int64_t t = 0; t <= last; ++t)
    for (std::int64_t f = 0; f < count; ++f) {
      double sum = 0;
      for (std::int64_t n = 1; n <= width; ++n)
        sum += static_cast<double>(n) *
               (x(std::min(t + n, last), from + f) - x(std::max<std::int64_t>(t - n, 0), from + f));
      x(t, to + f) = sum / norm;
    }
}

Tensor<double> with_deltas(const Tensor<double>& x, const AroundFrontEnd& around) {
  const std::int64_t own = x.dim(1);
  Tensor<double> with({x.dim(0), own * (1 + around.deltas)});
  for (std::int64_t t = 0; t < x.dim(0); ++t)
    for (std::int64_t f = 0; f < own; ++f) with(t, f) = x(t, f);
  for (int order = 1; order <= around.deltas; ++order)
    put_deltas(with, (order - 1) * own, order * own, own, around.delta_width);
  return with;
}

Tensor<double> averaged(const Tensor<double>& x, int count) {
  const std::int64_t frames = (x.dim(0) + count - 1) / count;
  Tensor<double> means({frames, x.dim(1)});
  for (std::int64_t t = 0; t < frames; ++t) {
    const std::int64_t first = t * count, last = std::min(first + count, x.dim(0));
    for (std::int64_t f = 0; f < x.dim(1); ++f) {
      double sum = 0;
      for (std::int64_t i = first; i < last; ++i) sum += x(i, f);
      means(t, f) = sum / static_cast<double>(last - first);
    }
  }
  return means;
}

}  // namespace

SettingTable settings_of(const AroundFrontEnd&) { return kAround; }

FeatureSettings::FeatureSettings(const std::string& name)
    : front_end(name), own(find_front_end(name).settings) {}

FeatureSettings::FeatureSettings(const std::string& name, AnySettings its)
    : front_end(name), own(std::move(its)) {
  check_usage(own.table().data() == find_front_end(name).settings.table().data(), "features", name,
              ": expects its own settings, got another front end's");
}

int FeatureSettings::dims() const { return static_cast<int>(names().size()); }

std::vector<std::string> FeatureSettings::names() const { return FeatureExtractor(*this).names(); }

Json to_json(const FeatureSettings& settings) {
  Json json = Json::object();
  json["front_end"] = settings.front_end;
  for (const ConstSettings part : {settings.own.view(), ConstSettings(settings.around)}) {
    const Json its = to_json(part);
    for (const auto& [key, value] : its.items()) json[key] = value;
  }
  return json;
}

FeatureSettings features_from(const Json& json) {
  FeatureSettings settings;
  Json own = json, around = Json::object();
  if (json.contains("front_end")) {
    const std::string name = json.at("front_end");
    if (std::ranges::count(front_end_names(), name) == 0)
      throw JsonError("there is no front end \"" + name + "\" in this program");
    settings = FeatureSettings(name);
    own.erase("front_end");
  }
  for (const Setting& row : kAround) {
    if (!json.contains(row.name)) continue;
    around[row.name] = json.at(row.name);
    own.erase(row.name);
  }
  from_json(settings.own.view(), own);
  from_json(settings.around, around);
  return settings;
}

std::string first_difference(const FeatureSettings& there, const FeatureSettings& here) {
  if (there.front_end != here.front_end)
    return "front_end: " + there.front_end + " there, " + here.front_end + " here";
  const std::string own = first_difference(there.own.view(), here.own.view());
  return own.empty() ? first_difference(ConstSettings(there.around), ConstSettings(here.around))
                     : own;
}

FeatureExtractor::FeatureExtractor(const FeatureSettings& settings) : settings_(settings) {
  check_settings(settings.around, "features");
  const FrontEndRow& row = find_front_end(settings.front_end);
  check_usage(!row.of_files || settings.around.seconds == 0, "features", row.name,
              ": expects seconds = 0: there is no sound to bring to a length");
  check_usage(!row.own_length || settings.around.seconds == 0, "features", row.name,
              ": expects seconds = 0: it brings sounds to a length by a setting of its own");
  front_end_ = row.make(settings.own);
}

std::vector<std::string> FeatureExtractor::names() const {
  std::vector<std::string> all = front_end_->names();
  const std::size_t own = all.size();
  for (int order = 1; order <= settings_.around.deltas; ++order)
    for (std::size_t f = 0; f < own; ++f)
      all.push_back((order == 1 ? "delta " : "delta delta ") + all[f]);
  return all;
}

double FeatureExtractor::hop_seconds(int sample_rate) const {
  return front_end_->hop_seconds(sample_rate) * settings_.around.pool;
}

Tensor<double> FeatureExtractor::operator()(const Sound& sound) {
  const AroundFrontEnd& around = settings_.around;
  if (around.speed == 1 && around.seconds == 0) return behind((*front_end_)(sound));
  Sound changed = around.speed == 1 ? sound : at_speed(sound, around.speed);
  if (around.seconds != 0) changed = of_length(std::move(changed), around.seconds);
  return behind((*front_end_)(changed));
}

Tensor<double> FeatureExtractor::read(const std::filesystem::path& file) {
  return behind(front_end_->read(file));
}

Tensor<double> FeatureExtractor::behind(Tensor<double> x) const {
  const AroundFrontEnd& around = settings_.around;
  check(x.rank() == 2 && x.dim(0) > 0 && x.dim(1) > 0, "features",
        "expects frames of features (T,F), got ", x.shape());
  if (around.utterance != UtteranceNorm::none) normalise_utterance(x, around);
  if (around.deltas > 0) x = with_deltas(x, around);
  return around.pool == 1 ? std::move(x) : averaged(x, around.pool);
}

Tensor<double> extract_features(const Sound& sound, const FeatureSettings& settings) {
  return FeatureExtractor(settings)(sound);
}

}  // namespace sonant
