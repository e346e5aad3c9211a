// The whole command with a front end of one's own: how often a frame crosses zero, and how loud it
// is. `own_front_end train --front-end zero-crossings --data ...`, then predict, report, inspect.
#include <sonant/apps/run_command.h>
#include <sonant/audio/front_end.h>

#include <array>
#include <cmath>

struct CrossingSettings {
  int frame = 512;  // samples
};
sonant::SettingTable settings_of(const CrossingSettings&) {
  static constexpr std::array table{
      sonant::setting<&CrossingSettings::frame>("frame", "samples in a frame").between(2, 65536)};
  return table;
}

class Crossings : public sonant::FrontEnd {
 public:
  explicit Crossings(const CrossingSettings& settings) : frame_(settings.frame) {
    sonant::check_settings(settings, "zero-crossings");
  }
  std::vector<std::string> names() const override { return {"crossings", "level"}; }
  double hop_seconds(int sample_rate) const override { return double(frame_) / sample_rate; }
  bool causal() const override { return true; }

  sonant::Tensor<double> operator()(const sonant::Sound& sound) override {
    const auto& x = sound.samples;
    const std::int64_t frames = std::int64_t(x.size()) / frame_;
    sonant::check(frames > 0, "zero-crossings", "expects at least ", frame_, " samples");
    sonant::Tensor<double> features({frames, 2});
    for (std::int64_t t = 0; t < frames; ++t) {
      double crossings = 0, energy = 1e-10;
      for (std::size_t i = t * frame_; i < std::size_t((t + 1) * frame_); ++i) {
        if (i > 0 && (x[i] > 0) != (x[i - 1] > 0)) ++crossings;
        energy += x[i] * x[i];
      }
      features(t, 0) = crossings / frame_;
      features(t, 1) = std::log(energy / frame_);
    }
    return features;
  }

 private:
  int frame_;
};

int main(int argc, char** argv) {
  sonant::register_front_end({.name = "zero-crossings",
                              .idea = "how often a frame crosses zero, and how loud it is",
                              .settings = CrossingSettings{},
                              .make = [](const sonant::AnySettings& settings) {
                                return std::make_unique<Crossings>(settings.as<CrossingSettings>());
                              }});
  return sonant::run_command(argc, argv);
}
