/** Said wherever results are shown that no research produced. */
export const emulatorNotice =
  'These answers come from the local emulator, not from Parallel: real entities get facts of an open data set, everything else is made up.';
