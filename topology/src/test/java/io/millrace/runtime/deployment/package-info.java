/** Tests of what is deployed and what a changed folder makes of it. */
package io.millrace.runtime.deployment;
