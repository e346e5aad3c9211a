// Models: sizes, gradients, what padding may and may not do, copies, summary.
#include <sonant/nn/models/summary.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include <sonant/core/gradcheck.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>
#include <sonant/nn/models/res_lstm_sa.h>

#include "support/catch.h"
#include "support/models.h"

using namespace sonant;

namespace {

test::NamedModel small(const std::string& family, Padding padding = Padding::masked) {
  return {.name = family + "-sa-h3", .input = 4, .classes = 3, .padding = padding};
}

const std::vector<int> lengths{3, 6, 4, 6, 1};

std::vector<Tensor<double>> utterances() {
  std::vector<Tensor<double>> out;
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    Random(b + 1).fill_normal(out.emplace_back(Shape{lengths[b], 4}).span(), 0.0, 1.0);
  }
  return out;
}

// The utterances `which` as a batch.
Packed<double> batch_of(Tape<double>& tape, const std::vector<int>& which) {
  const auto all = utterances();
  std::vector<const Tensor<double>*> sequences;
  std::vector<int> chosen;
  for (int b : which) {
    sequences.push_back(&all[static_cast<std::size_t>(b)]);
    chosen.push_back(lengths[static_cast<std::size_t>(b)]);
  }
  const Layout layout = make_layout(chosen);
  return {tape.constant(pack<double>(sequences, *layout)), layout};
}

// Logits (B,C) in the order of `which`.
Tensor<double> logits_of(Model<double>& model, const std::vector<int>& which) {
  Tape<double> tape(TapeMode::inference);
  const Packed<double> x = batch_of(tape, which);
  return model(x).head().value();
}

}  // namespace

TEST_CASE("the models have the published numbers of parameters") {
  const std::pair<const char*, std::int64_t> published[] = {
      {"reslstm-sa-h32", 27'988}, {"reslstm-sa-h64", 46'772}, {"reslstm-sa-h128", 108'916},
      {"lstm-sa-h32", 10'600},    {"lstm-sa-h64", 29'384},    {"lstm-sa-h128", 91'528}};
  for (const auto& [name, count] : published)
    CHECK(make_model<float>(test::NamedModel{.name = name}, 1)->parameter_count() == count);
}

TEST_CASE("gradients of whole models agree with finite differences") {
  for (const std::string family : {"reslstm", "lstm"})
    for (const Padding padding : {Padding::masked, Padding::paper})
      for (const std::string& kernel : test::kernel_names<double>()) {
        test::NamedModel config = small(family, padding);
        config.kernel = kernel;
        config.dropout = 0.3;
        const auto model = make_model<double>(config, 1);
        const std::vector<int> labels{0, 2, 1, 1, 0};
        const auto report = gradcheck(
            [&](Tape<double>& tape) {
              return cross_entropy((*model)(batch_of(tape, {0, 1, 2, 3, 4})).head(), labels);
            },
            model->parameters());
        CAPTURE(family, word_of(padding), kernel, report);
        CHECK(report.passed);
        CHECK(report.checked == model->parameter_count());
      }
}

TEST_CASE("without padding's influence an utterance does not depend on its batch") {
  for (const std::string family : {"reslstm", "lstm"}) {
    const auto model = make_model<double>(small(family), 1);
    for (int step = 0; step < 3; ++step) logits_of(*model, {0, 1, 2, 3, 4});  // running statistics
    model->eval();
    const Tensor<double> together = logits_of(*model, {0, 1, 2, 3, 4});
    const Tensor<double> shuffled = logits_of(*model, {4, 2, 0, 3, 1});
    const int position[] = {2, 4, 1, 3, 0};
    for (int b = 0; b < 5; ++b) {
      const Tensor<double> alone = logits_of(*model, {b});
      for (int c = 0; c < 3; ++c) {
        CHECK(alone(0, c) == Approx(together(b, c)).epsilon(1e-13));
        CHECK(shuffled(position[b], c) == Approx(together(b, c)).epsilon(1e-13));
      }
    }
  }
}

TEST_CASE("embeddings and logits stand in the caller's order") {
  const auto model = make_model<double>(small("reslstm"), 1);
  model->eval();
  Tape<double> tape(TapeMode::inference);
  const auto together = (*model)(batch_of(tape, {4, 2, 0, 3, 1}));
  const int which[] = {4, 2, 0, 3, 1};
  for (int b = 0; b < 5; ++b) {
    const auto alone = (*model)(batch_of(tape, {which[b]}));
    for (int u = 0; u < 3; ++u) {
      CHECK(together.embedding().value()(b, u) ==
            Approx(alone.embedding().value()(0, u)).epsilon(1e-12));
      CHECK(together.head().value()(b, u) == Approx(alone.head().value()(0, u)).epsilon(1e-12));
    }
  }
}

TEST_CASE("in paper mode it does, as published") {
  const auto model = make_model<double>(small("reslstm", Padding::paper), 1);
  model->eval();
  const Tensor<double> together = logits_of(*model, {0, 1, 2, 3, 4});
  CHECK(logits_of(*model, {1})(0, 0) == Approx(together(1, 0)).epsilon(1e-13));  // the longest
  CHECK(std::abs(logits_of(*model, {0})(0, 0) - together(0, 0)) > 1e-3);
}

TEST_CASE("batch order changes neither loss nor gradients in training") {
  for (const Padding padding : {Padding::masked, Padding::paper}) {
    const auto gradients = [&](const std::vector<int>& which) {
      const auto model = make_model<double>(small("reslstm", padding), 1);
      Tape<double> tape;
      const Packed<double> x = batch_of(tape, which);
      std::vector<int> labels;
      for (int sequence : which) labels.push_back(sequence % 3);
      cross_entropy((*model)(x).head(), labels).backward();
      std::vector<Tensor<double>> out;
      for (const Parameter<double>* p : model->parameters()) out.push_back(p->grad);
      return out;
    };
    const auto want = gradients({0, 1, 2, 3, 4}), got = gradients({3, 0, 4, 1, 2});
    for (std::size_t k = 0; k < want.size(); ++k)
      CHECK(test::relative_error(got[k], want[k]) < 1e-12);
  }
}

TEST_CASE("a seed fixes every bit, with any number of threads") {
  const auto parameters = [](std::uint64_t seed, int threads) {
    set_num_threads(threads);
    const auto model =
        make_model<float>(test::NamedModel{.name = "reslstm-sa-h16", .dropout = 0.5}, seed);
    Tape<float> tape(TapeMode::record, seed, 3);
    const Layout layout = make_layout(std::array{7, 9, 4, 9, 2, 8});
    Tensor<float> x({layout->rows(), 46});
    Random(1).fill_normal(x.span(), 0.0f, 1.0f);
    const std::vector<int> labels{0, 1, 2, 3, 4, 5};
    cross_entropy((*model)({tape.constant(x), layout}).head(), labels).backward();
    std::vector<Tensor<float>> out;
    for (const Parameter<float>* p : model->parameters()) {
      out.push_back(p->value);
      out.push_back(p->grad);
    }
    return out;
  };
  const int threads = num_threads();
  const auto one = parameters(1, 1);
  CHECK(one == parameters(1, 1));
  CHECK(one == parameters(1, 3));
  CHECK_FALSE(one == parameters(2, 1));
  set_num_threads(threads);
}

TEST_CASE("a clone is a deep copy") {
  const auto model = make_model<double>(small("reslstm"), 1);
  const auto copy = model->clone();
  const Tensor<double> before = logits_of(*model->clone(), {0, 1, 2});
  CHECK(logits_of(*copy->clone(), {0, 1, 2}) == before);
  for (Parameter<double>* p : copy->parameters()) p->value.fill(0.5);
  logits_of(*copy, {0, 1});  // moves the copy's running statistics
  CHECK(logits_of(*model->clone(), {0, 1, 2}) == before);
  CHECK(copy->spec().title() == model->spec().title());
}

TEST_CASE("models are known by name") {
  CHECK(make_model<float>(test::NamedModel{.name = "lstm-sa-h7"}, 1)->spec().title() ==
        "lstm-sa-h7");
  for (const std::string name :
       {"", "reslstm", "reslstm-sa-h", "reslstm-sa-h0", "reslstm-sa-h-3", "reslstm-sa-h64x",
        "reslstm-sa-h99999999999", "ReslSTM-SA-h64", "gru-sa-h64"})
    CHECK_THROWS_WITH(make_model<float>(test::NamedModel{.name = name}, 1),
                      ContainsSubstring("unknown model '" + name + "'") &&
                          ContainsSubstring("reslstm-sa-hH, lstm-sa-hH"));
  CHECK_THROWS_WITH(make_model<float>(model_spec("lstm-sa", 46, 0), 1),
                    ContainsSubstring("46 and 0"));
  CHECK(value_of_word<Padding>("paper") == Padding::paper);
  CHECK(value_of_word<Padding>("masked") == Padding::masked);
  CHECK_THROWS_WITH(value_of_word<Padding>("none"), ContainsSubstring("masked, paper, got none"));
}

TEST_CASE("summary lists layers, wiring, shapes and parameters") {
  const auto model = make_model<float>(model_spec("reslstm-sa-h64").set("dropout", 0.2), 1);
  std::ostringstream text;
  print_summary(text, summarise(*model));
  CHECK(text.str() ==
        "layer             op              of                       settings  output  r"
        "esult     parameters\n"
        "input             input                                              (N,46)   "
        "                   0\n"
        "lstm1             lstm            input                              (N,46)   "
        "              17,296\n"
        "add               add             input, lstm1                       (N,46)   "
        "                   0\n"
        "bn_residual       batch_norm      add                                (N,46)   "
        "                  92\n"
        "lstm2             lstm            bn_residual                        (N,64)   "
        "              28,672\n"
        "attention_vector  soft_attention  lstm2                              (N,1)   a"
        "ttention          64\n"
        "weighted_sum      weighted_sum    lstm2, attention_vector            (B,64)  e"
        "mbedding           0\n"
        "bn                batch_norm      weighted_sum                       (B,64)   "
        "                 128\n"
        "dropout           dropout         bn                       p 0.2     (B,64)   "
        "                   0\n"
        "fc                linear          dropout                            (B,8)   e"
        "motion           520\n"
        "total                                                                         "
        "              46,772\n"
        "N: rows of a packed batch, the sum of its lengths; B: its sequences\n");
  CHECK(model->training());
}
