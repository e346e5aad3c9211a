#include <sonant/train/config.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "TrainConfig";
// The checks below are used for many fields: an Error names the line of the field.
using Here = std::source_location;

template <class Number>
void at_least(const char* field, Number value, Number low, Here here = Here::current()) {
  check_usage(std::isfinite(static_cast<double>(value)) && value >= low, {kAt, here}, "expects ",
              field, " >= ", low, ", got ", value);
}

void below_one(const char* field, double value, Here here = Here::current()) {
  check_usage(value >= 0 && value < 1, {kAt, here}, "expects ", field, " in [0, 1), got ", value);
}

void one_of(const char* field, const std::string& value, const std::vector<std::string>& words,
            Here here = Here::current()) {
  std::string list;
  for (const std::string& word : words) {
    if (value == word) return;
    list += list.empty() ? "" : ", ";
    list += word;
  }
  fail_usage({kAt, here}, "expects ", field, " from ", list, ", got \"", value, "\"");
}

}  // namespace

void TrainConfig::validate() const {
  at_least("fold", fold, 0);
  at_least("epochs", epochs, 1);
  at_least("batch_size", batch_size, 2);
  one_of("optimizer", optimizer, {"adam", "adamw", "sgd"});
  at_least("lr", lr, 0.0);
  at_least("weight_decay", weight_decay, 0.0);
  below_one("momentum", momentum);
  check_usage(!nesterov || momentum > 0, kAt, "nesterov expects a momentum > 0");
  one_of("schedule", schedule, {"cosine", "constant"});
  at_least("t0", t0, 1);
  at_least("cycles", cycles, 0);
  at_least("t_mult", t_mult, 1);
  check_usage(eta_min_ratio >= 0 && eta_min_ratio <= 1, kAt,
              "expects eta_min_ratio in [0, 1], got ", eta_min_ratio);
  below_one("dropout", dropout);
  check_usage(label_smoothing >= 0 && label_smoothing <= 1, kAt,
              "expects label_smoothing in [0, 1], got ", label_smoothing);
  at_least("clip", clip, 0.0);
  std::vector<std::string> kernels = kernels::lstm_kernel_names();
  kernels.insert(kernels.begin(), "auto");
  if (!kernel.empty()) one_of("kernel", kernel, kernels);
  lstm_kernel(kernel);  // and there is one for this machine
  one_of("padding", padding, {"masked", "paper"});
  one_of("normalise", normalise, {"train", "paper"});
  one_of("choose_by", choose_by, {"validation", "test", "test-alone"});
}

OptimizerSettings TrainConfig::optimizer_settings() const {
  OptimizerSettings s;
  s.name = optimizer;
  s.lr = lr;
  s.weight_decay = weight_decay;
  s.momentum = momentum;
  s.nesterov = nesterov;
  return s;
}

Schedule TrainConfig::learning_rate() const {
  const int first = cycles > 0 ? std::max(epochs / cycles, 1) : t0;
  return {.name = schedule, .lr = lr, .eta_min = lr * eta_min_ratio, .t0 = first, .t_mult = t_mult};
}

void apply_protocol(TrainConfig& config, std::string_view protocol) {
  one_of("protocol", std::string(protocol), {kProtocols.begin(), kProtocols.end()});
  const bool strict = protocol == "strict";
  config.padding = strict ? "masked" : "paper";
  config.normalise = strict ? "train" : "paper";
  config.choose_by = protocol == "oracle"          ? "test"
                     : protocol == "no-validation" ? "test-alone"
                                                   : "validation";
}

std::string protocol_of(const TrainConfig& config) {
  for (const std::string_view protocol : kProtocols) {
    TrainConfig of_protocol = config;
    apply_protocol(of_protocol, protocol);
    if (of_protocol == config) return std::string(protocol);
  }
  return "mixed";
}

bool searches_by_test(std::string_view protocol) {
  return protocol == "paper" || protocol == "oracle" || protocol == "no-validation";
}

}  // namespace sonant
