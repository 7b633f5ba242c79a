/**
 * What of a pipeline is deployed: its generations, the record of them that all instances follow, and what a changed folder
 * makes of it.
 */
package io.millrace.runtime.deployment;
