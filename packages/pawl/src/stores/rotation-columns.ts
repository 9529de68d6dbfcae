/** What a rotation writes of a row in the table `sessions`, in every SQL store. */
export const rotationColumns: readonly string[] = [
  'generation',
  'fork',
  'previous_fork',
  'rotated_at',
  'seen',
  'network',
];
