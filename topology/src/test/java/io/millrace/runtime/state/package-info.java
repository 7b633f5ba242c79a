/** Tests of the stores on disk. */
package io.millrace.runtime.state;
