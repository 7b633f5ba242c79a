/** The demo's traffic: what users of the photo-sharing service do, as changes in its databases. */
package io.millrace.ops.demo;
