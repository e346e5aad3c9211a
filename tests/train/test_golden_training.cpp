// Fifty steps of Adam on the published models, step by step as PyTorch took them.
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/optimizer.h>

#include "support/catch.h"
#include "support/files.h"
#include "support/models.h"

using namespace sonant;

namespace {

// Relative to a tensor's largest number. Adam divides by the root of the second moment, so where a
// gradient is almost nothing but rounding error, float follows PyTorch's float only roughly.
template <Real T>
constexpr double tolerance = std::same_as<T, double> ? 1e-10 : 2e-4;

template <Real T>
void check_state(Model<T>& model, const Npz& want, const std::string& prefix) {
  for (const auto& [name, parameter] : model.named_parameters()) {
    CAPTURE(prefix, name);
    CHECK(test::relative_error(parameter->value, want.real(prefix + name)) < tolerance<T>);
  }
  for (const auto& [name, buffer] : model.named_buffers()) {
    CAPTURE(prefix, name);
    CHECK(test::relative_error(*buffer, want.real(prefix + name)) < tolerance<T>);
  }
}

// Trains on the whole batch with lr 1e-3 and weight decay 1.6e-3, no dropout.
template <Real T>
void check_training(Model<T>& model, const test::GoldenBatch& batch, const Npz& want,
                    const std::string& prefix, const std::vector<int>& compared_steps) {
  const auto adam =
      make_optimizer<T>(model.parameters(), {.name = "adam", .lr = 1e-3, .weight_decay = 1.6e-3});
  const Tensor<double> losses = want.real(prefix + "losses");
  Tensor<double> got(losses.shape());
  for (int step = 1; step <= losses.size(); ++step) {
    Tape<T> tape;
    const Var<T> loss = cross_entropy(model(batch.packed(tape)).head(), batch.labels);
    got[step - 1] = static_cast<double>(loss.value().item());
    model.zero_grad();
    loss.backward();
    adam->step();
    if (std::find(compared_steps.begin(), compared_steps.end(), step) != compared_steps.end())
      check_state(model, want, prefix + "step" + std::to_string(step) + "/");
  }
  CHECK(test::relative_error(got, losses) < tolerance<T>);
}

}  // namespace

TEMPLATE_TEST_CASE("small models train as in PyTorch", "", float, double) {
  const Npz want = Npz::read(test::golden("model.npz"));
  const test::GoldenBatch batch(want);
  for (const std::string family : {"reslstm", "lstm"})
    for (const Padding padding : {Padding::masked, Padding::paper}) {
      CAPTURE(family, word_of(padding));
      const auto model = make_model<TestType>(
          test::NamedModel{.name = family + "-sa-h5", .input = 4, .classes = 3, .padding = padding},
          1);
      test::load_arrays(*model, want, family + "/init/");
      check_training(*model, batch, want, family + "/" + std::string(word_of(padding)) + "/", {5});
    }
}

TEMPLATE_TEST_CASE("published models train as in PyTorch for fifty steps", "", float, double) {
  const auto batch_file = test::shared_golden("model/batch.npz");
  if (batch_file.empty()) return;
  const test::GoldenBatch batch(Npz::read(batch_file));
  const std::string precision = std::same_as<TestType, float> ? "_f32.npz" : "_f64.npz";
  const std::pair<std::string, std::string> models[] = {{"reslstm_h32", "reslstm-sa-h32"},
                                                        {"reslstm_h64", "reslstm-sa-h64"},
                                                        {"lstm_h64", "lstm-sa-h64"}};
  for (const auto& [file, name] : models)
    for (const Padding padding : {Padding::masked, Padding::paper})
      for (const std::string& kernel : test::kernel_names<TestType>()) {
        CAPTURE(name, word_of(padding), kernel);
        const auto model = make_model<TestType>(
            test::NamedModel{.name = name, .padding = padding, .kernel = kernel}, 1);
        test::load_arrays(*model, Npz::read(test::shared_golden("model/" + file + "_init.npz")),
                          "");
        const Npz want = Npz::read(
            test::shared_golden("model/" + file + "_" + std::string(word_of(padding)) + precision));
        // Sanitizers make the scalar kernels ten times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        check_training(*model, batch, want, "", {1, 5});
#else
        check_training(*model, batch, want, "", {1, 5, 50});
#endif
      }
}
