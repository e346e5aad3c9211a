// Every op at once.
#pragma once

#include <sonant/core/ops/a_lstm.h>
#include <sonant/core/ops/batch_norm.h>
#include <sonant/core/ops/conv2d.h>
#include <sonant/core/ops/conv_block.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/dropout.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/focal_loss.h>
#include <sonant/core/ops/layer_norm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/ops/matmul.h>
#include <sonant/core/ops/pooling.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/core/ops/regression_losses.h>
#include <sonant/core/ops/shaping.h>
#include <sonant/core/ops/soft_attention.h>
#include <sonant/core/ops/softmax.h>
#include <sonant/core/ops/weighted_sum.h>
#include <sonant/core/ops/whole_batch.h>
