// The models against PyTorch's numbers (tests/golden/gen_model_torch.py), small ones that are in
// the repository and the published sizes where the reference data is.
#include <cmath>

#include <sonant/core/ops/cross_entropy.h>
#include <sonant/nn/models/lstm_sa.h>
#include <sonant/nn/models/res_lstm_sa.h>

#include "support/catch.h"
#include "support/files.h"
#include "support/models.h"

using namespace sonant;

namespace {

// Relative to a tensor's largest number.
template <Real T>
constexpr double tolerance = std::same_as<T, double> ? 1e-10 : 2e-4;

// One training step against `want`, whose arrays are NAME for PyTorch's NAME.
struct TrainingNames {
  std::string logits, attention, context, loss, grad, buffers;
};

template <Real T>
void check_training_step(Model<T>& model, const test::GoldenBatch& batch, const Npz& want,
                         const TrainingNames& names) {
  Tape<T> tape;
  const Packed<T> x = batch.packed(tape);
  const ModelOutput<T> y = model(x);
  const Var<T> loss = cross_entropy(y.head(), batch.labels);
  loss.backward();
  const auto error_of = [&](const std::string& name, const Tensor<T>& got) {
    return test::relative_error(got, want.real(name));
  };
  CHECK(error_of(names.logits, y.head().value()) < tolerance<T>);
  CHECK(error_of(names.context, y.embedding().value()) < tolerance<T>);
  CHECK(error_of(names.loss, loss.value()) < tolerance<T>);

  // PyTorch's padded attention: what it gives to padding in "paper" mode is not ours to compute.
  Tensor<double> attention = want.real(names.attention);
  for (int b = 0; b < x.layout->batch(); ++b)
    for (int t = batch.lengths[static_cast<std::size_t>(b)]; t < x.layout->steps(); ++t)
      attention(b, t) = 0;
  CHECK(test::relative_error(test::padded_weights(y.attention().value(), *x.layout), attention) <
        tolerance<T>);

  for (const auto& [name, parameter] : model.named_parameters()) {
    CAPTURE(name);
    CHECK(error_of(names.grad + name, parameter->grad) < tolerance<T>);
  }
  for (const auto& [name, buffer] : model.named_buffers()) {
    CAPTURE(name);
    CHECK(error_of(names.buffers + name, *buffer) < tolerance<T>);
  }
}

template <Real T>
Tensor<T> eval_logits(Model<T>& model, const test::GoldenBatch& batch,
                      const std::vector<int>& which) {
  model.eval();
  Tape<T> tape(TapeMode::inference);
  const Packed<T> x = batch.packed(tape, which);
  return model(x).head().value();
}

}  // namespace

TEMPLATE_TEST_CASE("small models equal PyTorch in both padding modes", "", float, double) {
  const Npz want = Npz::read(test::golden("model.npz"));
  const test::GoldenBatch batch(want);
  for (const std::string family : {"reslstm", "lstm"})
    for (const Padding padding : {Padding::masked, Padding::paper})
      for (const std::string& kernel : test::kernel_names<TestType>()) {
        CAPTURE(family, word_of(padding), kernel);
        const auto model = make_model<TestType>(test::NamedModel{.name = family + "-sa-h5",
                                                                 .input = 4,
                                                                 .classes = 3,
                                                                 .padding = padding,
                                                                 .kernel = kernel},
                                                1);
        test::load_arrays(*model, want, family + "/init/");
        const std::string key = family + "/" + std::string(word_of(padding)) + "/";
        check_training_step(*model, batch, want,
                            {key + "logits", key + "attention", key + "context", key + "loss",
                             key + "grad/", key + "buffers/"});
        test::load_arrays(*model, want, key + "step5/");
        CHECK(test::relative_error(eval_logits(*model, batch, {0, 1, 2}),
                                   want.real(key + "eval_logits")) < tolerance<TestType>);
      }
}

TEST_CASE("BatchNorm counts its batches as PyTorch does") {
  const Npz want = Npz::read(test::golden("model.npz"));
  ResLstmSa<double> model(test::NamedModel{.name = "reslstm-sa-h5", .input = 4, .classes = 3},
                          Random(1));
  const test::GoldenBatch batch(want);
  for (int step = 0; step < 5; ++step) {
    Tape<double> tape(TapeMode::inference);
    model(batch.packed(tape));
  }
  CHECK(model.bn_residual.num_batches_tracked ==
        want.integers("reslstm/masked/step5/bn_residual.num_batches_tracked").at(0));
  CHECK(model.head.bn.num_batches_tracked == 5);
}

TEMPLATE_TEST_CASE("published models equal PyTorch in both padding modes", "", float, double) {
  const auto batch_file = test::shared_golden("model/batch.npz");
  if (batch_file.empty()) return;
  const test::GoldenBatch batch(Npz::read(batch_file));
  const std::string precision = std::same_as<TestType, float> ? "_f32.npz" : "_f64.npz";
  const std::pair<std::string, std::string> models[] = {{"reslstm_h32", "reslstm-sa-h32"},
                                                        {"reslstm_h64", "reslstm-sa-h64"},
                                                        {"lstm_h64", "lstm-sa-h64"}};
  for (const auto& [file, name] : models) {
    const Npz init = Npz::read(test::shared_golden("model/" + file + "_init.npz"));
    for (const Padding padding : {Padding::masked, Padding::paper}) {
      const Npz want = Npz::read(
          test::shared_golden("model/" + file + "_" + std::string(word_of(padding)) + precision));
      for (const std::string& kernel : test::kernel_names<TestType>()) {
        CAPTURE(name, word_of(padding), kernel);
        const auto model = make_model<TestType>(
            test::NamedModel{.name = name, .padding = padding, .kernel = kernel}, 1);
        test::load_arrays(*model, init, "");
        CHECK(test::relative_error(eval_logits(*model, batch, {0, 1, 2, 3, 4, 5, 6, 7}),
                                   want.real("eval_logits")) < tolerance<TestType>);
        model->train();
        check_training_step(*model, batch, want,
                            {"train_logits", "train_attention", "context", "train_loss", "grad/",
                             "bn_after_fwd1/"});
        // One sequence at a time, with the weights that PyTorch had after 50 steps.
        test::load_arrays(*model, want, "step50/");
        CHECK(test::relative_error(eval_logits(*model, batch, {0, 1, 2, 3, 4, 5, 6, 7}),
                                   want.real("eval_logits_after50")) < tolerance<TestType>);
        Tensor<TestType> single({8, 8});
        for (int b = 0; b < 8; ++b)
          std::copy_n(eval_logits(*model, batch, {b}).data(), 8, single.data() + 8 * b);
        CHECK(test::relative_error(single, want.real("eval_logits_after50_batch1")) <
              tolerance<TestType>);
      }
    }
  }
}
