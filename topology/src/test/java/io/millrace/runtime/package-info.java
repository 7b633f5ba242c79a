/** Tests of the runtime; {@link io.millrace.runtime.PipelineDriver} runs a pipeline's SQL without a broker. */
package io.millrace.runtime;
