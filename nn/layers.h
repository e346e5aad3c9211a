// Every layer at once.
#pragma once

#include <sonant/nn/a_lstm.h>
#include <sonant/nn/attention.h>
#include <sonant/nn/batch_norm.h>
#include <sonant/nn/conv2d.h>
#include <sonant/nn/conv_block.h>
#include <sonant/nn/dropout.h>
#include <sonant/nn/linear.h>
#include <sonant/nn/lstm.h>
#include <sonant/nn/sequential.h>
