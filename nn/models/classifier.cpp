#include <sonant/nn/models/classifier.h>

#include <charconv>

#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/usage.h>
#include <sonant/nn/models/lstm_sa.h>
#include <sonant/nn/models/res_lstm_sa.h>

namespace sonant {
namespace {

template <Real T>
using Make = std::unique_ptr<Classifier<T>> (*)(const ModelConfig&, int hidden, const Random&);

template <template <Real> class Model, Real T>
std::unique_ptr<Classifier<T>> make(const ModelConfig& config, int hidden, const Random& random) {
  return std::make_unique<Model<T>>(config, hidden, random);
}

// A family of models; H is written behind `prefix`.
struct Family {
  std::string_view prefix;
  Make<float> make_float;
  Make<double> make_double;
};
constexpr Family families[] = {
    {"reslstm-sa-h", make<ResLstmSa, float>, make<ResLstmSa, double>},
    {"lstm-sa-h", make<LstmSa, float>, make<LstmSa, double>},
};

// The number that ends a name; 0 if it is none.
int hidden_units(std::string_view digits) {
  int hidden = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), hidden);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && digits.front() != '-' ? hidden : 0;
}

}  // namespace

Padding padding_from_name(std::string_view name) {
  if (name == "masked") return Padding::masked;
  check(name == "paper", "padding", "expects masked or paper, got '", name, "'");
  return Padding::paper;
}

const char* name_of(Padding padding) { return padding == Padding::masked ? "masked" : "paper"; }

std::vector<std::string> known_models() {
  std::vector<std::string> out;
  for (const Family& family : families) out.push_back(std::string(family.prefix) + "H");
  return out;
}

template <Real T>
std::unique_ptr<Classifier<T>> make_model(const ModelConfig& wanted, std::uint64_t seed) {
  ModelConfig config = wanted;
  config.kernel = choose_lstm_kernel<T>(wanted.kernel).name;
  constexpr int max_hidden = 4096;
  check_usage(config.input >= 1 && config.input <= max_hidden && config.classes >= 1 &&
                  config.classes <= max_hidden,
              "make_model", config.name, ": expects 1 to ", max_hidden,
              " features and classes, got ", config.input, " and ", config.classes);
  for (const Family& family : families) {
    const std::string_view name = config.name;
    if (!name.starts_with(family.prefix)) continue;
    const int hidden = hidden_units(name.substr(family.prefix.size()));
    if (hidden < 1 || hidden > max_hidden) continue;
    const Random random(seed, 0x6d6f64656c);  // "model": apart from the streams of training
    if constexpr (std::same_as<T, float>) return family.make_float(config, hidden, random);
    if constexpr (std::same_as<T, double>) return family.make_double(config, hidden, random);
  }
  std::string known;
  for (const std::string& name : known_models()) known += (known.empty() ? "" : ", ") + name;
  fail_usage("make_model", "unknown model '", config.name, "', expected one of ", known,
             " with H hidden units, 1 to ", max_hidden);
}

template std::unique_ptr<Classifier<float>> make_model(const ModelConfig&, std::uint64_t);
template std::unique_ptr<Classifier<double>> make_model(const ModelConfig&, std::uint64_t);

}  // namespace sonant
