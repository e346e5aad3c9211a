// How the simd LSTM lays out numbers: sizes and packed parameters; included by the LSTM bodies.
//
// Units stand in blocks of one vector each (L lanes), H padded to whole blocks. A row of gates is
// (blocks, 4, L): a block's i, f, g, o lie together, so that a tile of four vectors holds all that
// a unit's state needs. Lanes beyond H have zero weights and stay zero everywhere.
#pragma once

#include <sonant/core/kernels/tile_body.h>

namespace sonant::kernels {

template <Isa isa, class T>
struct LstmLayout {
  using Tiles = Tile<isa, T>;
  static constexpr int lanes = Tiles::lanes;
  static constexpr int gate_block = Gate::count * lanes;
  // What is saved of a block: i, f, g, o, c, tanh(c).
  static constexpr int saved_block = gate_block + 2 * lanes;
  static constexpr int c_offset = gate_block, tanh_c_offset = gate_block + lanes;

  int D, H, blocks, input_blocks;  // vectors that cover H and D
  Index padded, gates;             // elements of a row of states, of gates
  Index saved_row, gradient_row;   // one vector more than `gates`: no power of two, see below
  Index inputs;                    // D + H + 1: x, h and the 1 that the bias multiplies
  Index padded_input;              // elements that cover D
  Index zeros;                     // length of the longest row that must start from zero

  LstmLayout(int input, int hidden)
      : D(input),
        H(hidden),
        blocks((hidden + lanes - 1) / lanes),
        input_blocks((input + lanes - 1) / lanes),
        padded(Index{blocks} * lanes),
        gates(Gate::count * padded),
        saved_row(Index{blocks} * saved_block),
        gradient_row(gates + lanes),  // rows 4 KiB apart would share a few sets of the cache
        inputs(Index{input} + hidden + 1),
        padded_input(Index{input_blocks} * lanes),
        zeros(gates > padded_input ? gates : padded_input) {}

  // Parts of `prepared`.
  const T* input_panels(const T* prepared) const { return prepared; }  // (blocks, D+1, 4, L)
  const T* hidden_panels(const T* prepared) const { return prepared + (D + 1) * gates; }
  // For backward: w_hh and w_ih as (gates, padded H) and (gates, padded D), in panels.
  template <class Pointer>
  Pointer hidden_columns(Pointer prepared) const {
    return prepared + inputs * gates;
  }
  template <class Pointer>
  Pointer input_columns(Pointer prepared) const {
    return hidden_columns(prepared) + gates * padded;
  }
  Index prepared_size() const { return gates * (inputs + padded + padded_input); }

  // Rows of consecutive steps that are worked on together: in the first-level cache's reach.
  static constexpr Index chunk_rows = 256;
  static Index chunk(const LstmRows& rows) {
    const Index sequences = lstm_sequences(rows);
    return sequences > chunk_rows ? sequences : chunk_rows;
  }

  // Sizes of the layer's parts, without the states of the workspaces.
  LstmSizes sizes(const LstmRows& rows) const {
    const Index n = chunk(rows);
    return {prepared_size(), lstm_row_count(rows) * saved_row,
            zeros + aligned(n * (D + 1)) + n * saved_row,
            zeros + n * gradient_row + aligned(n * inputs) + inputs * gates + n * padded_input};
  }

  static Index aligned(Index size) { return (size + 15) / 16 * 16; }  // 64 bytes of floats

  // (blocks, depth, 4, L) from the columns of w (4H, depth)
  T* pack_gates(const T* w, int depth, bool with_bias, const LstmParameters<T>& p, T* to) const {
    for (int u = 0; u < blocks; ++u, to += (depth + (with_bias ? 1 : 0)) * gate_block)
      for (int q = 0; q < Gate::count; ++q)
        for (int lane = 0; lane < lanes; ++lane) {
          const int unit = u * lanes + lane;
          const Index row = q * H + unit;
          T* column = to + q * lanes + lane;
          for (int k = 0; k < depth; ++k, column += gate_block)
            *column = unit < H ? w[row * depth + k] : T(0);
          if (with_bias) *column = unit < H ? p.b_ih[row] + (p.b_hh ? p.b_hh[row] : T(0)) : T(0);
        }
    return to;
  }

  // (gates, columns padded) in panels, from w (4H, columns)
  void pack_columns(const T* w, int columns, int vectors, T* to) const {
    for (int n = 0; n < Tiles::Panels::count(vectors); ++n) {
      const int begin = Tiles::Panels::begin(vectors, n) * lanes;
      const int end = Tiles::Panels::begin(vectors, n + 1) * lanes;
      for (int u = 0; u < blocks; ++u)
        for (int q = 0; q < Gate::count; ++q)
          for (int unit = u * lanes; unit < (u + 1) * lanes; ++unit)
            for (int k = begin; k < end; ++k)
              *to++ = unit < H && k < columns ? w[Index{q * H + unit} * columns + k] : T(0);
    }
  }
};

template <Isa isa, class T>
void SimdLstm<isa, T>::prepare(int input, int hidden, const LstmParameters<T>& parameters,
                               LstmPart part, T* prepared) {
  const LstmLayout<isa, T> layout(input, hidden);
  switch (part) {
    case LstmPart::forward:
      prepared = layout.pack_gates(parameters.w_ih, input, true, parameters, prepared);
      layout.pack_gates(parameters.w_hh, hidden, false, parameters, prepared);
      break;
    case LstmPart::recurrent_gradient:
      layout.pack_columns(parameters.w_hh, hidden, layout.blocks, layout.hidden_columns(prepared));
      break;
    case LstmPart::input_gradient:
      layout.pack_columns(parameters.w_ih, input, layout.input_blocks,
                          layout.input_columns(prepared));
      break;
  }
}

}  // namespace sonant::kernels
