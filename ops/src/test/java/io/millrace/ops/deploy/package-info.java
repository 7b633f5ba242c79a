/** Tests of pipelines that change while they are deployed. */
package io.millrace.ops.deploy;
