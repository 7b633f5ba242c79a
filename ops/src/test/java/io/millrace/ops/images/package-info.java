/** Tests of the workers of {@code pipelines/images}. */
package io.millrace.ops.images;
