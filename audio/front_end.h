// A front end turns a sound into a matrix of features, one row per frame. Each is a class and a row
// of the list below; a program registers its own before anything is made.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sonant/audio/decode.h>
#include <sonant/core/any_settings.h>
#include <sonant/core/tensor.h>

namespace sonant {

// Keeps plans, filter banks and memory from sound to sound: one object per thread.
class FrontEnd {
 public:
  virtual ~FrontEnd() = default;

  virtual std::vector<std::string> names() const = 0;  // of the F features
  // (T,F). Error for a sound that it cannot take.
  virtual Tensor<double> operator()(const Sound& sound) = 0;
  // The same from a file that holds features and no sound, for a row with `of_files`.
  virtual Tensor<double> read(const std::filesystem::path& file);

  // Hz that every sound must have; 0: any, which the features then depend on.
  virtual int sample_rate() const { return 0; }
  // Whether a frame depends on nothing behind it.
  virtual bool causal() const { return false; }
  // Frame t is a function of samples [t * hop, t * hop + length) and of nothing else, so that it
  // can be computed while someone speaks.
  struct Framing {
    int length, hop;
  };
  virtual std::optional<Framing> framing() const { return std::nullopt; }
  virtual double hop_seconds(int sample_rate) const = 0;  // from frame to frame; 0: unknown
  // Above which it hears nothing.
  virtual double highest_hz(int sample_rate) const { return sample_rate / 2.0; }
  // The feature that says how loud a frame is, and the decibels of one unit of it.
  struct Level {
    int feature;
    double decibels;
  };
  virtual std::optional<Level> level() const { return std::nullopt; }
  // What else the last call learnt of the sound, by name.
  virtual std::vector<std::pair<std::string, double>> found() const { return {}; }
};

struct FrontEndRow {
  std::string name;  // "log-mel"
  std::string idea;  // one line, with the source
  // Raised when the same settings give other numbers: what is kept from before is then computed
  // anew.
  int revision = 1;
  AnySettings settings;                                               // the defaults
  std::function<std::unique_ptr<FrontEnd>(const AnySettings&)> make;  // UsageError for a bad value
  bool of_files = false;
  // Brings every sound to a length of its own, so that nothing else may do so before it.
  bool own_length = false;
};

// Error if the name is taken, or a setting's name is that of one that every front end has
// (features.h).
void register_front_end(FrontEndRow row);

std::vector<const FrontEndRow*> front_ends();  // in the order of registration, ours first
std::vector<std::string> front_end_names();
// UsageError that lists the names for another one.
const FrontEndRow& find_front_end(const std::string& name);

}  // namespace sonant
