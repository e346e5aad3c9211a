// A stream knows after every frame what the whole model says to the frames so far.
#include <sonant/nn/models/streaming.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <sonant/core/kernels/isa.h>
#include <sonant/nn/models/lstm_sa.h>

#include "support/catch.h"
#include "support/close.h"
#include "support/models.h"

using namespace sonant;

namespace {

// Calls body() capped to each instruction set in turn.
template <class Body>
void for_each_isa(const Body& body) {
  for (Isa isa : supported_isas()) {
    set_isa_cap(isa_name(isa));
    INFO(isa_name(isa));
    body();
  }
  set_isa_cap("");
}

// With batch normalisations that make a difference, and an attention that has favourites.
template <Real T>
std::unique_ptr<Model<T>> trained_model(const std::string& name, int features, int classes,
                                        double attention = 2) {
  // The whole model runs under each instruction set, too, with a kernel that all of them have.
  auto model = make_model<T>(
      test::NamedModel{.name = name, .input = features, .classes = classes, .kernel = "blas"}, 3);
  std::uint64_t seed = 0;
  const auto draw = [&](Tensor<T>& t, double low, double high) {
    t = test::uniform<float>(t.shape(), low, high, ++seed).template to<T>();
  };
  for (const auto& [member, parameter] : model->named_parameters()) {
    if (member.find("bn") != std::string::npos) draw(parameter->value, -1, 2);
    if (member == "attention_vector") draw(parameter->value, -attention, attention);
  }
  for (const auto& [member, buffer] : model->named_buffers())
    draw(*buffer, member.find("var") != std::string::npos ? 0.2 : -1, 2);
  model->eval();
  return model;
}

struct Outcome {
  Tensor<double> logits, embedding, attention;
};

// The whole model on the first `frames` rows of x (T,D).
template <Real T>
Outcome offline(Model<T>& model, const Tensor<float>& x, int frames) {
  const std::vector<int> lengths = {frames};
  const auto count = static_cast<std::size_t>(frames * x.dim(1));
  const Tensor<float> first({frames, x.dim(1)}, x.span().first(count));
  Tape<T> tape(TapeMode::inference);
  const auto out = model({tape.constant(first.to<T>()), make_layout(lengths)});
  return {out.head().value().template to<double>(), out.embedding().value().template to<double>(),
          out.attention().value().template to<double>()};
}

std::span<const float> frame_of(const Tensor<float>& x, int t) {
  return x.span().subspan(static_cast<std::size_t>(t * x.dim(1)),
                          static_cast<std::size_t>(x.dim(1)));
}

Tensor<double> row(std::span<const float> values) {
  return Tensor<float>({1, static_cast<std::int64_t>(values.size())}, values).to<double>();
}

double worst_difference(const Tensor<double>& a, const Tensor<double>& b) {
  double worst = 0;
  REQUIRE(a.shape() == b.shape());
  for (std::int64_t n = 0; n < a.size(); ++n) {
    const double one = std::abs(a[n] - b[n]);
    worst = std::isnan(one) ? HUGE_VAL : std::max(worst, one);
  }
  return worst;
}

// All three results; probabilities from the logits.
double worst_difference(const StreamingResult<float>& got, const Outcome& expected) {
  Tensor<double> probabilities(expected.logits.shape());
  double sum = 0;
  for (double z : expected.logits.span()) sum += std::exp(z);
  for (std::int64_t n = 0; n < probabilities.size(); ++n)
    probabilities[n] = std::exp(expected.logits[n]) / sum;
  return std::max({worst_difference(row(got.logits), expected.logits),
                   worst_difference(row(got.embedding), expected.embedding),
                   worst_difference(row(got.probabilities), probabilities)});
}

// A stream's state, which nobody but a test asks for: an explicit instantiation may name what is
// private.
struct State {
  const Tensor<float>*context, *lost;
  const kernels::StreamMass<float>* mass;
  std::vector<std::pair<const Tensor<float>*, const Tensor<float>*>> cells;  // h, c
};

State state_of(const StreamingClassifier<float>& stream);

template <class Cells>
auto states_of(const Cells& cells) {
  decltype(State::cells) all;
  for (const auto& cell : cells) all.emplace_back(&cell.h, &cell.c);
  return all;
}

template <auto context, auto lost, auto mass, auto cells>
struct Revealed {
  friend State state_of(const StreamingClassifier<float>& s) {
    return State{&(s.*context), &(s.*lost), &(s.*mass), states_of(s.*cells)};
  }
};
using Stream = StreamingClassifier<float>;
template struct Revealed<&Stream::context_, &Stream::lost_, &Stream::mass_, &Stream::cells_>;

struct Case {
  const char* name;
  int features, classes;
};
constexpr Case cases[] = {{"reslstm-sa-h64", 46, 8}, {"lstm-sa-h64", 46, 8},
                          {"reslstm-sa-h31", 9, 3},  {"reslstm-sa-h1", 1, 1},
                          {"lstm-sa-h7", 31, 17},    {"reslstm-sa-h46", 17, 16},
                          {"lstm-sa-h9", 5, 2}};

}  // namespace

TEST_CASE("after any number of frames a stream says what the whole model says", "[streaming]") {
  constexpr int frames = 40;
  double worst_float = 0, worst_double = 0;
  for (const Case& c : cases) {
    const auto model = trained_model<float>(c.name, c.features, c.classes);
    const auto exact = trained_model<double>(c.name, c.features, c.classes);
    const auto x = test::normal<float>({frames, c.features}, 11);
    for_each_isa([&] {
      for (const std::string kernel : {"", "reference"}) {
        StreamingClassifier<float> stream(*model, kernel);
        for (int t = 0; t < frames; ++t) {
          stream.push(frame_of(x, t));
          const auto result = stream.result();
          const double close = worst_difference(result, offline(*model, x, t + 1));
          const double closer = worst_difference(result, offline(*exact, x, t + 1));
          CAPTURE(c.name, kernel, t);
          CHECK(close <= 1e-5);
          CHECK(closer <= 5e-6);
          CHECK(result.frames == t + 1);
          worst_float = std::max(worst_float, close);
          worst_double = std::max(worst_double, closer);
        }
      }
    });
  }
  WARN("from the whole model in float at most " << worst_float << ", in double " << worst_double);
}

TEST_CASE("in double a stream equals the whole model to the last digits", "[streaming]") {
  const auto model = trained_model<double>("reslstm-sa-h31", 9, 3);
  const auto x = test::normal<float>({100, 9}, 12);
  for_each_isa([&] {
    StreamingClassifier<double> stream(*model);
    const Tensor<double> wide = x.to<double>();
    for (std::size_t t = 0; t < 100; ++t) stream.push(wide.span().subspan(9 * t, 9));
    const auto expected = offline(*model, x, 100);
    const auto result = stream.result();
    CHECK(test::close(Tensor<double>({1, 3}, result.logits), expected.logits, 0, 1e-13));
    CHECK(test::close(Tensor<double>({1, 31}, result.embedding), expected.embedding, 0, 1e-14));
  });
}

TEST_CASE("a long stream does not drift", "[streaming]") {
  constexpr int frames = 20'000;
  const auto exact = trained_model<double>("reslstm-sa-h64", 46, 8);
  const auto model = trained_model<float>("reslstm-sa-h64", 46, 8);
  const auto x = test::normal<float>({frames, 46}, 13);
  const auto expected = offline(*exact, x, frames);
  for_each_isa([&] {
    if (active_isa() == Isa::scalar) return;  // the same sums, slowly
    StreamingClassifier<float> stream(*model);
    for (int t = 0; t < frames; ++t) stream.push(frame_of(x, t));
    CHECK(worst_difference(stream.result(), expected) <= 2e-6);
  });
}

TEST_CASE("scores of any size, rising or falling, neither overflow nor vanish", "[streaming]") {
  constexpr int frames = 60;
  const auto x = test::normal<float>({frames, 5}, 14);
  for (const double attention : {0.0, 300.0, 3e4}) {
    const auto model = trained_model<float>("lstm-sa-h9", 5, 2, attention);
    for_each_isa([&] {
      StreamingClassifier<float> stream(*model);
      for (int t = 0; t < frames; ++t) stream.push(frame_of(x, t));
      CAPTURE(attention);
      // A score of 1e4 has an error of 1e-3, and so have the weights.
      CHECK(worst_difference(stream.result(), offline(*model, x, frames)) <=
            1e-5 + 1e-6 * attention);
    });
  }
}

TEST_CASE("scores and mass give the attention of every frame", "[streaming]") {
  constexpr int frames = 50;
  const auto model = trained_model<float>("reslstm-sa-h31", 9, 3);
  const auto x = test::normal<float>({frames, 9}, 15);
  StreamingClassifier<float> stream(*model);
  std::vector<double> scores;
  for (int t = 0; t < frames; ++t) {
    stream.push(frame_of(x, t));
    scores.push_back(static_cast<double>(stream.result().score));
  }
  const auto expected = offline(*model, x, frames);
  const double log_mass = stream.result().log_mass;
  for (int t = 0; t < frames; ++t)
    CHECK(std::exp(scores[static_cast<std::size_t>(t)] - log_mass) ==
          Approx(expected.attention[t]).epsilon(1e-4));
}

TEST_CASE("reset, copies and work done ahead change no bit", "[streaming]") {
  const auto model = trained_model<float>("reslstm-sa-h31", 9, 3);
  const auto x = test::normal<float>({30, 9}, 17);
  const auto embedding = [](StreamingClassifier<float>& stream) {
    const auto e = stream.result().embedding;
    return std::vector<float>(e.begin(), e.end());
  };
  StreamingClassifier<float> stream(*model), other(*model);
  for (int t = 0; t < 20; ++t) stream.push(frame_of(x, t));
  auto copy = stream;
  for (int t = 20; t < 30; ++t) {
    stream.push(frame_of(x, t));
    stream.prepare_next();
  }
  CHECK(copy.frames() == 20);
  CHECK(embedding(copy) != embedding(stream));
  for (int t = 20; t < 30; ++t) copy.push(frame_of(x, t));
  CHECK(embedding(copy) == embedding(stream));
  copy.prepare_next();
  copy.reset();
  for (int t = 5; t < 30; ++t) copy.push(frame_of(x, t)), other.push(frame_of(x, t));
  CHECK(embedding(copy) == embedding(other));
  CHECK(copy.frames() == 25);
}

TEST_CASE("reset leaves nothing of what was heard, not even what rounding took", "[streaming]") {
  const auto model = trained_model<float>("reslstm-sa-h31", 9, 3);
  const auto x = test::normal<float>({200, 9}, 18);
  for_each_isa([&] {
    StreamingClassifier<float> used(*model), fresh(*model);
    for (int t = 0; t < 200; ++t) used.push(frame_of(x, t));
    used.result();
    const auto lost = state_of(used).lost->span();
    REQUIRE(std::any_of(lost.begin(), lost.end(), [](float v) { return v != 0; }));
    used.reset();
    const State a = state_of(used), b = state_of(fresh);
    CHECK(*a.context == *b.context);
    CHECK(*a.lost == *b.lost);
    CHECK(a.mass->score == b.mass->score);
    CHECK(a.mass->peak == b.mass->peak);
    CHECK(a.mass->sum == b.mass->sum);
    REQUIRE(a.cells.size() == b.cells.size());
    for (std::size_t k = 0; k < a.cells.size(); ++k) {
      CHECK(*a.cells[k].first == *b.cells[k].first);
      CHECK(*a.cells[k].second == *b.cells[k].second);
    }
    CHECK(used.frames() == 0);
    CHECK_THROWS_WITH(used.result(), ContainsSubstring("at least one frame"));
    for (int t = 100; t < 130; ++t) {
      used.push(frame_of(x, t)), fresh.push(frame_of(x, t));
      const auto one = used.result(), other = fresh.result();
      CHECK(std::ranges::equal(one.embedding, other.embedding));
      CHECK(std::ranges::equal(one.probabilities, other.probabilities));
      CHECK(one.log_mass == other.log_mass);
    }
  });
}

TEST_CASE("a stream refuses what it cannot take, and goes on as before", "[streaming]") {
  const auto model = trained_model<float>("lstm-sa-h9", 5, 2);
  StreamingClassifier<float> stream(*model);
  CHECK(stream.features() == 5);
  CHECK(stream.hidden() == 9);
  CHECK(stream.classes() == 2);
  CHECK_THROWS_WITH(stream.result(), ContainsSubstring("at least one frame"));
  std::vector<float> frame(5, 0.5f);
  stream.push(frame);
  const float before = stream.result().logits[0];
  CHECK_THROWS_WITH(stream.push(std::span(frame).first(4)),
                    ContainsSubstring("a frame of 5 features, got 4"));
  frame[4] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(stream.push(frame), ContainsSubstring("frame 1 has a feature"));
  frame[4] = -std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(stream.push(frame), ContainsSubstring("frame 1 has a feature"));
  CHECK(stream.frames() == 1);
  CHECK(stream.result().logits[0] == before);
  CHECK_THROWS_WITH(StreamingClassifier<float>(*model, "blas"),
                    ContainsSubstring("no kernel \"blas\""));
}
