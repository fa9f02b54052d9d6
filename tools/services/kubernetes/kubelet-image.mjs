/**
 * Why an image cannot be had, as `{ reason, message }` in the kubelet's words, or null. Nothing is pulled: images of hosts under
 * `.invalid` are the ones that do not exist. The first try is the pull itself, later ones are waited for.
 */
export function refusalOfImage(image, tries) {
  const [name] = image.split('@')
  const repository = name.replace(/:[\w.-]+$/, '')
  if (repository !== repository.toLowerCase() || /\s/.test(image))
    return {
      reason: 'InvalidImageName',
      message: `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`,
    }
  if (!/^[\w.-]+\.invalid(:\d+)?\//.test(image)) return null
  if (tries === 0)
    return {
      reason: 'ErrImagePull',
      message: `failed to pull and unpack image "${image}": failed to resolve reference: no such host`,
    }
  return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` }
}
