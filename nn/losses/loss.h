// What a head is trained to: losses by name. docs/losses.md.
//
//   const auto loss = compute_loss<float>({.name = "focal"}, logits, {.classes = labels});
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/any_settings.h>
#include <sonant/core/autograd.h>

namespace sonant {

enum class LossTarget { class_index, number };
constexpr std::array<std::string_view, 2> words_of(LossTarget) { return {"class", "number"}; }

// One of the batch's targets for each of the caller's sequences, of the kind that the loss takes.
struct Targets {
  std::span<const int> classes = {};
  std::span<const double> numbers = {};
};

struct LossSettings {
  std::string name = "cross-entropy";     // known_losses()
  PoolVector<double> class_weights = {};  // cross-entropy, focal (alpha): C of them, or all 1
  double label_smoothing = 0;             // cross-entropy
  double gamma = 2;                       // focal
  AnySettings own = {};                   // of a row that has some; empty: its defaults

  bool operator==(const LossSettings&) const = default;
  // UsageError, naming the field, for an unknown name or a setting out of its range.
  void validate() const;
};
SettingTable settings_of(const LossSettings&);  // all but class_weights and own

// For both precisions, out of one generic lambda.
class LossFunction {
 public:
  template <class F>
  LossFunction(F f) : single_(f), double_(f) {}
  template <Real T>
  Var<T> operator()(Var<T> head, const Targets& targets, const LossSettings& settings) const {
    if constexpr (std::is_same_v<T, float>)
      return single_(head, targets, settings);
    else
      return double_(head, targets, settings);
  }

 private:
  template <Real T>
  using Function = std::function<Var<T>(Var<T>, const Targets&, const LossSettings&)>;
  Function<float> single_;
  Function<double> double_;
};

// docs/contributing.md: "Add a loss".
struct LossRow {
  std::string name;       // "focal"
  std::string idea;       // one line
  LossTarget target;      // what of Targets it reads
  AnySettings settings;   // its own, beside those of LossSettings: the defaults
  LossFunction function;  // gets checked settings, with `own` filled in
  int at_least = 1;       // targets without which there is no loss
};

// A program's own row, from then on as good as ours. Error if the name is taken, or if a setting of
// its own is called as one of every training.
void register_loss(LossRow row);
const LossRow& find_loss(std::string_view name);
std::vector<std::string> known_losses();

// A loss that is chosen once and computed in every step, which then asks the heap for nothing.
class Loss {
 public:
  // Error for impossible settings.
  explicit Loss(LossSettings settings = {});
  // As compute_loss().
  template <Real T>
  Var<T> operator()(Var<T> head, const Targets& targets) const;

 private:
  LossSettings settings_;
  const LossRow* row_;
};

// What the head, (B,C) of classes and (B,1) or (B) of numbers, is to be made smaller by: (). Error
// for impossible settings, and for targets of the other kind.
template <Real T>
Var<T> compute_loss(const LossSettings& settings, Var<T> head, const Targets& targets);

}  // namespace sonant
